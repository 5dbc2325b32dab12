import { LRUCache } from 'lru-cache';
import type { Deps } from '#core/deps.ts';
import type { CommandCall } from '#core/ports/chat.ts';
import { recordAnswered } from '#core/postings/record-answered.ts';
import { settleBudgets, type Taken } from '#core/postings/take-budgets.ts';

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
  /** Its row is in this workspace; its answer took these places of the platform's rates. */
  keep(call: Call, workspaceId: string, taken?: Taken): void;
  /** Its answer was shown; written down in a moment, many at once, but what it took at once. */
  answered(call: Call): void;
  /** Writes down what was answered. */
  flush(): Promise<void>;
}

export function createDeliveries(deps: Pick<Deps, 'db' | 'log'>): Deliveries {
  const known = new LRUCache<string, { workspaceId?: string; taken?: Taken | undefined }>({
    max: rememberedMax,
    ttl: rememberedMs,
    ttlResolution: 1_000,
  });
  let owed: { workspaceId: string; deliveryKey: string }[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const shown = owed;
    owed = [];
    if (shown.length > 0) await recordAnswered(deps, shown);
  }

  return {
    begin(call) {
      const key = keyOf(call);
      if (known.has(key)) return false;
      known.set(key, {});
      return true;
    },
    forget: (call) => void known.delete(keyOf(call)),
    keep: (call, workspaceId, taken) => void known.set(keyOf(call), { workspaceId, taken }),
    answered(call) {
      const { workspaceId, taken } = known.get(keyOf(call)) ?? {};
      if (workspaceId === undefined) return;
      if (taken) {
        known.set(keyOf(call), { workspaceId });
        void settleBudgets(deps, taken);
      }
      owed.push({ workspaceId, deliveryKey: call.deliveryKey });
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
