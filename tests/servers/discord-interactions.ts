import { randomBytes } from 'node:crypto';
import type { Context } from '#tests/servers/discord-context.ts';
import { interactionMember } from '#tests/servers/discord-payloads.ts';
import { dmPermissions, memberPermissions, permissionsIn } from '#tests/servers/discord-permissions.ts';
import { type Channel, guildOf, type Json, type Message, type User } from '#tests/servers/discord-world.ts';

export const interactionTypes = { ping: 1, command: 2, component: 3, autocomplete: 4, modal: 5 } as const;

/** https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages */
const tokenLifetimeMs = 15 * 60_000;

export const callbackTypes = {
  pong: 1,
  message: 4,
  deferredMessage: 5,
  deferredUpdate: 6,
  update: 7,
  choices: 8,
  modal: 9,
} as const;

/** What the app answered within the three seconds. */
export interface RawAnswer {
  type: number;
  message?: Message | undefined;
  choices?: { name: string; value: string | number }[];
  modal?: Json;
}

export interface Interaction {
  id: string;
  token: string;
  type: number;
  userId: string;
  channel: Channel;
  /** As it is sent. */
  payload: Json;
  createdAt: number;
  /** The message whose component was used. */
  source?: Message | undefined;
  /** Set as soon as an answer is taken. */
  answer?: RawAnswer;
  /** What `@original` is. */
  original?: Message | undefined;
  followups: number;
  /** The app is not in this guild; the person brought it. */
  isUserInstalled: boolean;
  fileBytesMax: number;
  /** Resolves when the app answers. */
  answered: Promise<RawAnswer>;
  resolve(answer: RawAnswer): void;
}

export interface InteractionOrder {
  type: number;
  user: User;
  channel: Channel;
  data?: Json;
  source?: Message;
  fileBytesMax?: number | undefined;
}

/** Makes an interaction with the payload that Discord would send. */
export function createInteraction(context: Context, order: InteractionOrder): Interaction {
  const { world, payloads } = context;
  const { user, channel, type, data, source } = order;
  const guild = guildOf(world, channel);
  const id = world.newId();
  const isUserInstalled = guild !== undefined && !guild.hasBot;
  const token = randomBytes(96).toString('base64url');
  const fileBytesMax = Math.max(guild?.fileBytesMax ?? context.fileBytesMax, order.fileBytesMax ?? 0);
  const isOwnDm = channel.recipientId !== undefined;
  const owners: Record<string, string> = {};
  if (guild?.hasBot) owners[0] = guild.id;
  if (isOwnDm) owners[0] = '0';
  if (user.hasApp) owners[1] = user.id;
  const appPermissions =
    guild === undefined
      ? dmPermissions
      : isUserInstalled
        ? permissionsIn(world, channel, user.id) & memberPermissions
        : permissionsIn(world, channel, world.botId);
  const payload: Json = {
    id,
    application_id: world.applicationId,
    type,
    version: 1,
    token,
    channel_id: channel.id,
    channel: {
      ...payloads.channel(channel),
      permissions: String(permissionsIn(world, channel, user.id)),
    },
    app_permissions: String(appPermissions),
    locale: user.locale,
    entitlements: [],
    entitlement_sku_ids: [],
    authorizing_integration_owners: owners,
    context: guild ? 0 : isOwnDm ? 1 : 2,
    attachment_size_limit: fileBytesMax,
    ...(data === undefined ? {} : { data }),
    ...(guild
      ? {
          guild_id: guild.id,
          guild: { id: guild.id, locale: guild.locale, features: [] },
          guild_locale: guild.locale,
          member: interactionMember(world, payloads, guild, channel, user.id),
        }
      : { user: payloads.user(user) }),
    ...(source ? { message: payloads.message(source) } : {}),
  };
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  return {
    id,
    token,
    type,
    userId: user.id,
    channel,
    payload,
    createdAt: world.now(),
    source,
    followups: 0,
    isUserInstalled,
    fileBytesMax,
    answered: promise,
    resolve,
  };
}

export const isLate = ({ world, answerWithinMs }: Context, { createdAt }: Interaction) =>
  world.now() - createdAt > answerWithinMs;
export const isExpired = ({ world }: Context, { createdAt }: Interaction) => world.now() - createdAt > tokenLifetimeMs;
