import { and, eq, inArray, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Deps } from '#core/deps.ts';
import type { CommandCall } from '#core/ports/chat.ts';
import { inWorkspace } from '#db/client.ts';
import { calls } from '#db/schema/index.ts';

/** Platforms repeat within minutes; what is older is known from its row. */
const rememberedMs = 15 * 60_000;
const rememberedMax = 10_000;
const flushAfterMs = 500;

type Call = Pick<CommandCall, 'platform' | 'workspace' | 'deliveryKey'>;

/** What this process was handed: keeps a repeat from being run or shown twice without asking the database. */
export interface Deliveries {
  /** False when this process has, or is at, the same delivery. */
  begin(call: Call): boolean;
  /** It failed on our side: a repeat may try again. */
  forget(call: Call): void;
  /** Its row is in this workspace. */
  keep(call: Call, workspaceId: string): void;
  /** Its answer was shown; written down in a moment, many at once. */
  answered(call: Call): void;
  /** Writes down what was answered. */
  flush(): Promise<void>;
}

export function createDeliveries(deps: Pick<Deps, 'db' | 'log'>): Deliveries {
  const known = new LRUCache<string, { workspaceId?: string }>({
    max: rememberedMax,
    ttl: rememberedMs,
    ttlResolution: 1_000,
  });
  let owed = new Map<string, string[]>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const shown = owed;
    owed = new Map();
    for (const [workspaceId, keys] of shown) {
      await inWorkspace(deps.db, workspaceId, (tx) =>
        tx
          .update(calls)
          .set({ answeredAt: sql`now()` })
          .where(and(eq(calls.workspaceId, workspaceId), inArray(calls.deliveryKey, keys))),
      );
    }
  }

  return {
    begin(call) {
      const key = keyOf(call);
      if (known.has(key)) return false;
      known.set(key, {});
      return true;
    },
    forget: (call) => void known.delete(keyOf(call)),
    keep: (call, workspaceId) => void known.set(keyOf(call), { workspaceId }),
    answered(call) {
      const workspaceId = known.get(keyOf(call))?.workspaceId;
      if (workspaceId === undefined) return;
      owed.set(workspaceId, [...(owed.get(workspaceId) ?? []), call.deliveryKey]);
      timer ??= setTimeout(() => {
        flush().catch((error) => deps.log.warn({ err: error }, 'answers could not be written down'));
      }, flushAfterMs).unref();
    },
    flush,
  };
}

function keyOf({ platform, workspace, deliveryKey }: Call): string {
  return `${platform}\n${workspace.platformId}\n${deliveryKey}`;
}
