import type { Entity, Formatted } from '#tests/servers/telegram-world.ts';

/** What Telegram finds in a text by itself, in the order in which it looks. */
const patterns: readonly [type: string, pattern: RegExp][] = [
  ['email', /(?<![\w.+-])[a-z0-9][\w.+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])/giu],
  ['url', /\b(?:https?|tg|ton):\/\/[^\s<>"«»]+/giu],
  ['url', /(?<![\w@.#/-])(?:[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?\.)+(\p{L}{2,})(?::\d+)?(?:[/?#][^\s<>"«»]*)?/giu],
  ['url', /(?<![\w@.#/-])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:[/?#][^\s<>"«»]*)?(?![\w.])/gu],
  ['mention', /(?<![\w@/])@[a-z][\w]{2,31}(?!\w)/giu],
  ['bot_command', /(?<![\w/<>])\/[a-z0-9_]{1,64}(?:@[a-z][a-z0-9_]{2,31})?(?![\w/<>])/giu],
  ['hashtag', /(?<![\p{L}\d_#])#(?=[\d_]*\p{L})[\p{L}\d_]{1,256}(?![\p{L}\d_#])/gu],
  ['cashtag', /(?<![\p{L}\d_$])\$[A-Z]{1,8}(?![\p{L}\d_$])/gu],
];

/** Generic endings that Telegram knows besides those of countries; the ones that file names and prose end in included. */
const endings = new Set(
  'com net org info biz name pro edu gov mil int io app dev art ai xyz online site store tech blog cloud design news live chat space zip mov page link shop world today media agency studio digital'.split(
    ' ',
  ),
);

/** Inside these Telegram looks for nothing. */
const opaque = new Set(['code', 'pre', 'text_link', 'text_mention']);

/** Mentions, commands, tags and addresses that Telegram makes clickable although nobody marked them. */
export function findAutolinks({ text, entities }: Formatted): Entity[] {
  const found: Entity[] = [];
  const taken = entities.filter(({ type }) => opaque.has(type));
  for (const [type, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      const ending = match[1]?.toLowerCase();
      if (ending !== undefined && !endings.has(ending) && !/^[a-z]{2}$/.test(ending)) continue;
      const shown = type === 'url' ? match[0].replace(/[.,:;!?'")\]}]+$/, '') : match[0];
      const entity = { type, offset: match.index, length: shown.length };
      if (![...taken, ...found].some((other) => overlap(entity, other))) found.push(entity);
    }
  }
  return found.toSorted((a, b) => a.offset - b.offset);
}

function overlap(a: Entity, b: Entity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

export function textOf({ text }: Pick<Formatted, 'text'>, { offset, length }: Entity): string {
  return text.slice(offset, offset + length);
}
