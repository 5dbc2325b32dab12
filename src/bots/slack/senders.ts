import type { Accounts } from '#bots/slack/accounts.ts';
import { conversationOf } from '#bots/slack/conversation.ts';
import { idsToName } from '#bots/slack/ids-to-name.ts';
import type { Origin } from '#bots/slack/inbound.ts';
import type { Places } from '#bots/slack/places.ts';
import type { Names } from '#bots/slack/typed-text.ts';
import type { UserGroupLookUps } from '#bots/slack/user-groups.ts';
import type { Channel, PlatformStanding, Sender } from '#core/ports/chat.ts';
import type { Conversation } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

export interface SenderDeps {
  accounts: Accounts;
  groups: UserGroupLookUps;
  places: Places;
  log: Logger;
  /** The workspace's own name, where it is known. */
  workspaceName(id: string): string | undefined;
}

/** Looks up what payloads leave open: who somebody is, where that was, and what is meant by ids. */
export function createSenders({ accounts, groups, places, log, workspaceName }: SenderDeps) {
  /** Most commands come from where others have just come from: nothing has to be waited for. */
  function knownOf({ channel, user }: Origin) {
    const [account, roles, known] = [accounts.known(user), groups.knownOf(user), places.known(channel.id)];
    return account && roles && known ? { account, roles, place: { channel: known, postable: true } } : undefined;
  }

  async function lookUp({ channel, user, heard }: Origin) {
    const [account, roles, place] = await Promise.all([
      accounts.find(user),
      groups.of(user),
      places.find(channel.id, user, { name: channel.name, heard }),
    ]);
    return { account, roles, place };
  }

  return {
    /** `elsewhere` where the bot cannot post in the channel. */
    async senderOf(origin: Origin): Promise<{ sender: Sender; conversation: Conversation; elsewhere?: Channel }> {
      const { workspace, channel, user, thread } = origin;
      const { account, roles, place } = knownOf(origin) ?? (await lookUp(origin));
      const sender: Sender = {
        platform: 'slack',
        workspace: { ...workspace, name: workspaceName(workspace.platformId) ?? workspace.name },
        channel: place.channel,
        account: {
          ...{ platformId: user, name: account.name, standing: account.standing },
          ...(roles.length > 0 ? { platformRoles: roles } : {}),
        },
        ...(account.locale === undefined ? {} : { locale: account.locale }),
      };
      const here = { sender, conversation: conversationOf(channel.id, thread) };
      if (place.postable) return here;
      try {
        const elsewhere = await places.direct(user);
        return { sender, conversation: conversationOf(elsewhere.platformId), elsewhere };
      } catch (error) {
        log.warn({ err: error, user }, 'the bot can post neither in the channel nor to the person');
        return here;
      }
    },

    /** Who somebody is that does not speak here; undefined for whom the workspace does not have. @throws {DeliveryError} */
    async findStanding(user: string): Promise<PlatformStanding | undefined> {
      const [account, roles] = await Promise.all([accounts.ask(user), groups.ask(user)]);
      if (!account || account.deactivated) return undefined;
      return { standing: account.standing, ...(roles.length > 0 ? { platformRoles: roles } : {}) };
    },

    /** The names that a payload leaves out. */
    async namesIn(payload: unknown): Promise<Names> {
      const ids = idsToName(payload);
      const list = ids.groups.length > 0 ? await groups.list() : undefined;
      const named = await Promise.all([
        ...ids.users.map(async (id) => [id, (await accounts.find(id)).name] as const),
        ...ids.channels.map(
          async (id) => [id, (await places.find(id, '', { name: id, heard: false })).channel.name] as const,
        ),
        ...ids.groups.map(async (id) => [id, list?.get(id)?.handle ?? id] as const),
      ]);
      return new Map(named);
    },

    /** The workspace has changed what it says: somebody's standing, or who is in which user group. */
    forget(user: string | undefined): void {
      if (user === undefined) groups.forget();
      else accounts.forget(user);
    },
  };
}

export type Senders = ReturnType<typeof createSenders>;
