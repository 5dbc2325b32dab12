import { createHash, randomBytes } from 'node:crypto';
import type { CommandContext } from '#core/commands/define.ts';
import type { Tx } from '#db/client.ts';
import { auditEntries, auditTexts } from '#db/schema/index.ts';

/** An act that changes rights, money, settings or data. It holds ids, codes and numbers only: an entry can never be changed. */
export interface Act {
  /** What was done, such as `role.set`. */
  act: string;
  /** Whom or what it was done to, such as `person:<id>`. */
  subject?: string;
  /** What was so before and is so after, as far as it changed. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** A name, or words that somebody typed. It stands beside the entry and can be removed; the entry has its salted hash. */
  text?: string | undefined;
}

const saltBytes = 16;

/**
 * Adds an act to the workspace's audit log, in the transaction that does it. Numbers and hashes of the chain come from the
 * database, which lets one transaction after the other write: best called last in a command.
 */
export async function recordAct(
  tx: Tx,
  { actor, channelId, requestId }: Pick<CommandContext, 'actor' | 'requestId'> & { channelId: string | null },
  { act, subject, before, after, text }: Act,
): Promise<void> {
  const { workspaceId, personId } = actor;
  const entry = { workspaceId, personId, channelId, requestId, act, subject, before, after };
  if (text === undefined) {
    await tx.insert(auditEntries).values(entry);
    return;
  }
  const salt = randomBytes(saltBytes).toString('hex');
  const textHash = createHash('sha256').update(`${salt}${text}`).digest('hex');
  const [written] = await tx
    .insert(auditEntries)
    .values({ ...entry, textHash })
    .returning({ n: auditEntries.n });
  if (!written) throw new Error('the entry that was just written is not there');
  await tx.insert(auditTexts).values({ workspaceId, n: written.n, salt, text });
}
