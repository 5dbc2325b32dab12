import { LRUCache } from 'lru-cache';
import type { BotDeps } from '#bots/define.ts';
import type { Api } from '#bots/telegram/api.ts';
import { migratedTo, toDeliveryError, withoutSecrets } from '#bots/telegram/delivery-error.ts';
import type { Heard } from '#bots/telegram/inbound.ts';
import type { PlatformStanding, Role } from '#core/ports/chat.ts';

const keptMax = 10_000;
const lookupTimeoutMs = 3000;

interface Asked {
  chatId: number;
  accountId: number;
}

/**
 * Finds who a person is in a chat, as Telegram knows them. It is asked with each command, as it tells of changes only to bots
 * that are administrators. While it does not answer people stay who they were; who was never looked up is a member.
 */
export function createStandings(deps: Pick<BotDeps, 'log'> & { api: () => Promise<Api> }) {
  const kept = new LRUCache<string, Role, Asked>({
    max: keptMax,
    allowStaleOnFetchRejection: true,
    // Who speaks is there, whatever Telegram says.
    fetchMethod: async (_key, _stale, { context }) => (await lookUp(deps, context)) ?? 'member',
  });

  return async ({ chat, account, isAnonymousAdmin }: Heard): Promise<Role> => {
    if (chat.isPrivate) return 'owner';
    if (isAnonymousAdmin) return 'admin';
    // A channel that writes in a group is no member of it.
    if (account.id < 0) return 'member';
    try {
      const context = { chatId: chat.id, accountId: account.id };
      return (await kept.fetch(`${chat.id}:${account.id}`, { context, forceRefresh: true })) ?? 'member';
    } catch (error) {
      deps.log.warn({ err: withoutSecrets(error) }, 'a member could not be looked up on Telegram');
      return 'member';
    }
  };
}

/**
 * Who a person is in a chat that they do not speak from; undefined when they are not in it.
 * @throws {DeliveryError} when Telegram does not tell.
 */
export async function findStanding(
  deps: { api: () => Promise<Api> },
  workspace: string,
  account: string,
): Promise<PlatformStanding | undefined> {
  if (workspace === account) return { standing: 'owner' };
  const asked = { chatId: Number(workspace), accountId: Number(account) };
  // A private chat has one person; who writes as a group or channel is nobody.
  if (asked.chatId > 0 || asked.accountId < 0) return undefined;
  const standing = await lookUp(deps, asked)
    .catch((error: unknown) => {
      const movedTo = migratedTo(error);
      if (movedTo === undefined) throw error;
      return lookUp(deps, { ...asked, chatId: movedTo });
    })
    .catch((error: unknown) => {
      throw toDeliveryError(error);
    });
  return standing && { standing };
}

/** Undefined for who is not in the chat; https://core.telegram.org/bots/api#chatmember */
async function lookUp(deps: { api: () => Promise<Api> }, { chatId, accountId }: Asked): Promise<Role | undefined> {
  const api = await deps.api();
  const signal = AbortSignal.timeout(lookupTimeoutMs);
  const member = await api.getChatMember(chatId, accountId, signal as Parameters<Api['getChatMember']>[2]);
  if (member.status === 'creator') return 'owner';
  if (member.status === 'administrator') return 'admin';
  const isIn = member.status === 'member' || (member.status === 'restricted' && member.is_member);
  return isIn ? 'member' : undefined;
}
