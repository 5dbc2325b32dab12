import { unescapeText } from '#bots/slack/format.ts';
import type { Mention } from '#core/ports/chat.ts';

/** Names by id, for what Slack left without one. */
export type Names = ReadonlyMap<string, string>;

export const noNames: Names = new Map();

const sequence = /<([^<>]*)>/g;

/**
 * What was typed: Slack sends `<@U1|name>`, `<#C1|name>`, `<!here>` and `<https://…|…>` in place of what people wrote, and
 * `&`, `<` and `>` of their own as entities. docs.slack.dev/messaging/formatting-message-text
 */
export function readTyped(text: string, names: Names): string {
  return unescapeText(text.replaceAll(sequence, (whole, inside: string) => typedAs(inside, names) ?? whole));
}

const kinds = { '@': 'account', '#': 'channel', '!subteam^': 'role' } as const;

/** Whom and what a text names, each spelled as `readTyped` does. */
export function readMentions(text: string, names: Names): { mentions?: Mention[] } {
  if (!text.includes('<')) return {};
  const mentions = [...text.matchAll(sequence)].flatMap(([, inside = '']): Mention[] => {
    const [, sign, platformId] = /^(@|#|!subteam\^)([A-Z0-9]+)(?:\||$)/.exec(inside) ?? [];
    const typed = typedAs(inside, names);
    if (platformId === undefined || typed === undefined) return [];
    const kind = kinds[sign as keyof typeof kinds];
    return [{ typed: unescapeText(typed), kind, platformId, name: unescapeText(typed).replace(/^[@#]/, '') }];
  });
  return mentions.length > 0 ? { mentions } : {};
}

/** The people, channels and user groups in a text that have no name there. */
export function unnamedIn(text: string): { users: string[]; channels: string[]; groups: string[] } {
  const found = [...text.matchAll(/<(@|#|!subteam\^)([A-Z0-9]+)\|?>/g)];
  const ids = (sign: string) => [...new Set(found.filter((match) => match[1] === sign).map((match) => match[2] ?? ''))];
  return { users: ids('@'), channels: ids('#'), groups: ids('!subteam^') };
}

function typedAs(inside: string, names: Names): string | undefined {
  const bar = inside.indexOf('|');
  const [head, label] = bar < 0 ? [inside, ''] : [inside.slice(0, bar), inside.slice(bar + 1)];
  const rest = head.slice(1);
  switch (head[0]) {
    case '@':
    case '#':
      return `${head[0]}${label || names.get(rest) || rest}`;
    case '!': {
      const [special, id = ''] = rest.split('^');
      return label || `@${names.get(id) ?? special}`;
    }
    default:
      return label || head;
  }
}

/** A message without the bot's mention in it; undefined user: without the mention that it begins with. */
export function withoutMention(text: string, botUser: string | undefined): string {
  const pattern =
    botUser === undefined ? /^\s*<@[A-Z0-9]+(?:\|[^>]*)?>/ : new RegExp(`<@${RegExp.escape(botUser)}(?:\\|[^>]*)?>`);
  const found = pattern.exec(text);
  if (!found) return text;
  const [before, after] = [text.slice(0, found.index), text.slice(found.index + found[0].length)];
  // What people put between a name and what they say to it: a space, a comma or a colon.
  const said =
    before.trim() === '' ? after.replace(/^[ \t]*[,:]?[ \t]*\n?/, '') : `${before.trimEnd()} ${after.trimStart()}`;
  return said.trimEnd();
}
