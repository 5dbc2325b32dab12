import type { Entity, Formatted } from '#tests/servers/telegram-world.ts';

const entityTypes: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  'tg-emoji': 'custom_emoji',
  a: 'text_link',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
};

interface OpenTag {
  name: string;
  argument: string;
  offset: number;
}

/** The text is not valid HTML of the Bot API; the message is what follows `can't parse entities: `. */
export class EntityError extends Error {
  override readonly name = 'EntityError';
}

/** Reads HTML as the Bot API does (core.telegram.org/bots/api#html-style). @throws {EntityError} */
export function parseHtml(html: string): Formatted {
  const entities: Entity[] = [];
  const open: OpenTag[] = [];
  let text = '';
  let at = 0;
  const broken = (problem: string) => new EntityError(problem);
  const where = (position: number) => `at byte offset ${Buffer.byteLength(html.slice(0, position))}`;
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(html)?.[0] ?? '';
    at += found.length;
    return found;
  };

  function readValue(begin: number): string {
    const quote = html[at];
    if (quote === '"' || quote === "'") {
      at += 1;
      const end = html.indexOf(quote, at);
      if (end < 0) throw broken(`Unclosed start tag ${where(begin)}`);
      const value = decodeReferences(html.slice(at, end));
      at = end + 1;
      return value;
    }
    const tokenBegin = at;
    const token = skip(/[a-z0-9.-]*/iy).toLowerCase();
    if (!/[\s>]/.test(html[at] ?? '')) throw broken(`Unexpected end of name token ${where(tokenBegin)}`);
    return token;
  }

  function openTag(begin: number): void {
    const name = skip(/[^\s>]*/y).toLowerCase();
    if (at >= html.length) throw broken(`Unclosed start tag ${where(begin)}`);
    if (entityTypes[name] === undefined) throw broken(`Unsupported start tag "${name}" ${where(begin)}`);
    let argument = '';
    for (skip(/\s*/y); html[at] !== '>'; skip(/\s*/y)) {
      if (at >= html.length) throw broken(`Unclosed start tag ${where(begin)}`);
      const attribute = skip(/[^\s=>]*/y).toLowerCase();
      if (attribute === '') throw broken(`Empty attribute name in the tag "${name}" ${where(begin)}`);
      skip(/\s*/y);
      if (html[at] !== '=') {
        if (at >= html.length) throw broken(`Unclosed start tag "${name}" ${where(begin)}`);
        if (name === 'blockquote' && attribute === 'expandable') argument = '1';
        continue;
      }
      at += 1;
      skip(/\s*/y);
      if (at >= html.length) throw broken(`Unclosed start tag "${name}" ${where(begin)}`);
      argument = argumentOf(name, attribute, readValue(begin)) ?? argument;
      if (at >= html.length) throw broken(`Unclosed start tag ${where(begin)}`);
    }
    at += 1;
    if (name === 'span' && argument !== 'spoiler')
      throw broken(`Tag "span" must have class "tg-spoiler" ${where(begin)}`);
    open.push({ name, argument, offset: text.length });
  }

  function closeTag(begin: number): void {
    const tag = open.pop();
    if (!tag) throw broken(`Unexpected end tag ${where(begin)}`);
    at += 1;
    const name = skip(/[^\s>]*/y).toLowerCase();
    skip(/\s*/y);
    if (html[at] !== '>') throw broken(`Unclosed end tag ${where(begin)}`);
    at += 1;
    if (name !== '' && name !== tag.name) {
      throw broken(`Unmatched end tag ${where(begin)}, expected "</${tag.name}>", found "</${name}>"`);
    }
    const entity = entityOf(tag, text.slice(tag.offset));
    if (entity && entity.length > 0) entities.push(entity);
  }

  while (at < html.length) {
    text += decodeReferences(skip(/[^<]*/y));
    if (at >= html.length) break;
    const begin = at;
    at += 1;
    if (html[at] === '/') closeTag(begin);
    else openTag(begin);
  }
  const unclosed = open.pop();
  if (unclosed) throw broken(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  if (!text.isWellFormed()) {
    throw broken(
      'Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units',
    );
  }
  return { text, entities: sorted(joinedPre(entities)) };
}

function argumentOf(tag: string, attribute: string, value: string): string | undefined {
  if (tag === 'a' && attribute === 'href') return value;
  if (tag === 'code' && attribute === 'class' && value.startsWith('language-')) return value.slice('language-'.length);
  if (tag === 'span' && attribute === 'class' && value.startsWith('tg-')) return value.slice('tg-'.length);
  if (tag === 'tg-emoji' && attribute === 'emoji-id') return value;
  return tag === 'blockquote' && attribute === 'expandable' ? '1' : undefined;
}

function entityOf({ name, argument, offset }: OpenTag, inside: string): Entity | undefined {
  const span = { offset, length: inside.length };
  if (name === 'a') {
    const url = argument === '' ? inside : argument;
    const userId = /^tg:\/\/user\?id=(\d+)$/.exec(url)?.[1];
    if (userId !== undefined) return { type: 'text_mention', ...span, userId: Number(userId) };
    const address = addressOf(url);
    return address === undefined ? undefined : { type: 'text_link', ...span, url: address };
  }
  if (name === 'code' && argument !== '') return { type: 'code', ...span, language: argument };
  if (name === 'tg-emoji') return { type: 'custom_emoji', ...span, customEmojiId: argument };
  if (name === 'blockquote' && argument === '1') return { type: 'expandable_blockquote', ...span };
  return { type: entityTypes[name] ?? name, ...span };
}

/** The address as Telegram keeps it; undefined when it makes no link. */
export function addressOf(url: string): string | undefined {
  if (/\s/.test(url)) return undefined;
  const full = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `http://${url}`;
  if (!/^(https?|tg|ton|tonsite|ftp):/i.test(full) || !URL.canParse(full)) return undefined;
  const { hostname, protocol, href } = new URL(full);
  return protocol.startsWith('http') && !hostname.includes('.') && hostname !== 'localhost' ? undefined : href;
}

/** `<pre><code class="language-x">` over the same text is one block with a language; a language elsewhere is lost. */
function joinedPre(entities: Entity[]): Entity[] {
  const over = (wanted: string, { offset, length }: Entity) =>
    entities.find((other) => other.type === wanted && other.offset === offset && other.length === length);
  return entities.flatMap((entity) => {
    if (entity.type === 'pre') return { ...entity, ...languageOf(over('code', entity)) };
    if (entity.type !== 'code' || entity.language === undefined) return entity;
    return over('pre', entity) ? [] : { type: 'code', offset: entity.offset, length: entity.length };
  });
}

function languageOf(code: Entity | undefined): { language?: string } {
  return code?.language === undefined ? {} : { language: code.language };
}

function sorted(entities: Entity[]): Entity[] {
  return entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
}

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/** `&lt;` `&gt;` `&amp;` `&quot;` and numbers, with or without the semicolon; anything else stays as it is written. */
function decodeReferences(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));?/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code === 0 || code >= 0x10ffff || whole.replace(';', '').length >= 10) return whole;
    return String.fromCodePoint(code);
  });
}
