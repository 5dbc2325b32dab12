import type { Mention } from '#core/ports/chat.ts';

/** What Discord tells of the people, roles and channels that a text names, by id. */
export interface DiscordNames {
  people: ReadonlyMap<string, string>;
  roles: ReadonlyMap<string, string>;
  channels: ReadonlyMap<string, string>;
}

const code = /<(@!?|@&|#)(\d{1,20})>/g;

/** Discord sends codes for what people typed and saw as names; what it tells no name of stays a code. */
export function spellMentions(text: string, names: DiscordNames): { text: string; mentions: Mention[] } {
  const mentions = new Map<string, Mention>();
  const spelled = text.replace(code, (whole, sign: string, id: string) => {
    const kind = sign === '#' ? 'channel' : sign === '@&' ? 'role' : 'account';
    const known = { account: names.people, role: names.roles, channel: names.channels }[kind].get(id);
    const typed = known === undefined ? whole : `${sign[0]}${known}`;
    mentions.set(`${kind} ${id}`, { typed, kind, platformId: id, name: known ?? id });
    return typed;
  });
  // Signs of a server's own.
  return { text: spelled.replace(/<a?(:\w+:)\d+>/g, '$1'), mentions: [...mentions.values()] };
}
