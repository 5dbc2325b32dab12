import type { CommandContext } from '#core/commands/define.ts';
import type { Tx } from '#db/client.ts';
import { auditEntries } from '#db/schema/index.ts';

/** An act that changes rights, money, settings or data. It holds ids, codes and numbers only: an entry can never be changed. */
export interface Act {
  /** What was done, such as `role.set`. */
  act: string;
  /** Whom or what it was done to, such as `person:<id>`. */
  subject?: string;
  /** What was so before and is so after, as far as it changed. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

/**
 * Adds an act to the workspace's audit log, in the transaction that does it. Numbers and hashes of the chain come from the
 * database, which lets one transaction after the other write: best called last in a command.
 */
export async function recordAct(
  tx: Tx,
  { actor, channelId, requestId }: Pick<CommandContext, 'actor' | 'requestId'> & { channelId: string | null },
  { act, subject, before, after }: Act,
): Promise<void> {
  const { workspaceId, personId } = actor;
  await tx.insert(auditEntries).values({ workspaceId, personId, channelId, requestId, act, subject, before, after });
}
