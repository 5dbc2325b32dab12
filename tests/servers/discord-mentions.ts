import { componentTypes, flatten } from '#tests/servers/discord-component-rules.ts';
import { invalidForm } from '#tests/servers/discord-errors.ts';
import { findMentions } from '#tests/servers/discord-markup.ts';
import { permissionBits, permissionsIn } from '#tests/servers/discord-permissions.ts';
import {
  type Channel,
  type Component,
  findMessage,
  guildOf,
  type Json,
  type World,
} from '#tests/servers/discord-world.ts';

interface Mentioning {
  channel: Channel;
  authorId: string;
  content: string;
  components: readonly Component[];
  replyTo?: string | undefined;
  /** The request's `allowed_mentions`. */
  allowed: unknown;
  path: readonly (string | number)[];
}

/**
 * Who is notified of a new message: `everyone`, `here`, `user:<id>`, `role:<id>`. Embeds notify nobody.
 * https://docs.discord.com/developers/resources/message#allowed-mentions-object
 * @throws {ApiRefusal} when `allowed_mentions` contradicts itself.
 */
export function findPings(world: World, message: Mentioning): { pings: string[]; mentionedUsers: string[] } {
  const texts = flatten(message.components)
    .filter(({ type }) => type === componentTypes.textDisplay)
    .map(({ content }) => String(content));
  const found = findMentions([message.content, ...texts].join('\n'));
  const allowed = message.allowed as Json | null | undefined;
  const parse = (allowed?.parse as string[] | undefined) ?? [];
  for (const kind of ['users', 'roles']) {
    if (parse.includes(kind) && ((allowed?.[kind] as unknown[] | undefined) ?? []).length > 0) {
      const text = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`;
      const code = 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE';
      throw invalidForm([{ path: [...message.path, 'allowed_mentions'], code, message: text }]);
    }
  }
  const may = (kind: string, id?: string) =>
    !allowed ||
    parse.includes(kind) ||
    (id !== undefined && ((allowed[kind] as string[] | undefined) ?? []).includes(id));
  const guild = guildOf(world, message.channel);
  const mayAll = (permissionsIn(world, message.channel, message.authorId) & permissionBits.mentionEveryone) !== 0n;
  const answered = message.replyTo === undefined ? undefined : findMessage(world, message.replyTo);
  const pingsAnswered = answered && (!allowed || allowed.replied_user === true) ? [answered.authorId] : [];
  const users = found.users.filter((id) => world.users.has(id));
  const pinged = new Set([...users.filter((id) => may('users', id)), ...pingsAnswered]);
  const roles = found.roles.filter((id) => {
    const role = guild?.roles.get(id);
    return role && may('roles', id) && (role.mentionable || mayAll);
  });
  const pings = [
    ...(found.everyone && mayAll && guild && may('everyone') ? ['everyone'] : []),
    ...(found.here && mayAll && guild && may('everyone') ? ['here'] : []),
    ...[...pinged].map((id) => `user:${id}`),
    ...roles.map((id) => `role:${id}`),
  ];
  return { pings, mentionedUsers: [...pinged] };
}
