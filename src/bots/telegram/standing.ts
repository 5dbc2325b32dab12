import { LRUCache } from 'lru-cache';
import type { BotDeps } from '#bots/define.ts';
import type { Api } from '#bots/telegram/api.ts';
import { withoutSecrets } from '#bots/telegram/delivery-error.ts';
import type { Heard } from '#bots/telegram/inbound.ts';
import type { Role } from '#core/ports/chat.ts';

const keptMax = 10_000;
const lookupTimeoutMs = 3000;

/**
 * Finds who a person is in a chat, as Telegram knows them. It is asked with each command, as it tells of changes only to bots
 * that are administrators. While it does not answer people stay who they were; who was never looked up is a member.
 */
export function createStandings(deps: Pick<BotDeps, 'log'> & { api: () => Promise<Api> }) {
  const kept = new LRUCache<string, Role, { chatId: number; accountId: number }>({
    max: keptMax,
    allowStaleOnFetchRejection: true,
    fetchMethod: async (_key, _stale, { context }) => lookUp(context),
  });

  async function lookUp({ chatId, accountId }: { chatId: number; accountId: number }): Promise<Role> {
    const api = await deps.api();
    const signal = AbortSignal.timeout(lookupTimeoutMs);
    const member = await api.getChatMember(chatId, accountId, signal as Parameters<Api['getChatMember']>[2]);
    if (member.status === 'creator') return 'owner';
    return member.status === 'administrator' ? 'admin' : 'member';
  }

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
