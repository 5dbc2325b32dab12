import { arrayOf, isJson, stringOf } from '#tests/servers/telegram-arguments.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { EntityError, parseHtml } from '#tests/servers/telegram-html.ts';
import type { Entity, Formatted, Json } from '#tests/servers/telegram-world.ts';

export interface TextNames {
  text: string;
  entities: string;
}

export const messageText: TextNames = { text: 'text', entities: 'entities' };
export const captionText: TextNames = { text: 'caption', entities: 'caption_entities' };

/**
 * Reads a text with its formatting, cleaned as Telegram cleans it. Markdown is not served here.
 * @throws {ApiRefusal}
 */
export function readFormatted(params: Json, names: TextNames): Formatted {
  const text = stringOf(params, names.text);
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8');
  const mode = stringOf(params, 'parse_mode').toLowerCase();
  if (mode === 'html') {
    try {
      return cleaned(parseHtml(text));
    } catch (error) {
      if (error instanceof EntityError) throw badRequest(`can't parse entities: ${error.message}`);
      throw error;
    }
  }
  if (mode !== '' && mode !== 'none') throw badRequest('unsupported parse_mode');
  const entities = (arrayOf(params, names.entities, 'MessageEntity') ?? []).map(entityOf);
  for (const { offset, length } of entities) {
    if (offset < 0 || length < 0) throw badRequest('receive an entity with incorrect offset or length');
    if (offset + length > text.length)
      throw badRequest(
        `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${offset + length}`,
      );
  }
  return cleaned({ text, entities });
}

function entityOf(value: unknown): Entity {
  if (!isJson(value)) throw badRequest("can't parse entities: expected an Object");
  const { type, offset, length, url, user, language } = value;
  if (typeof type !== 'string' || typeof offset !== 'number' || typeof length !== 'number') {
    throw badRequest("can't parse entities: can't find field");
  }
  return {
    type,
    offset,
    length,
    ...(typeof url === 'string' && { url }),
    ...(typeof language === 'string' && { language }),
    ...(isJson(user) && { userId: Number(user.id) }),
  };
}

/** Drops what Telegram drops: carriage returns, other control characters, white space around, formatting of nothing. */
function cleaned({ text, entities }: Formatted): Formatted {
  const places: number[] = [];
  let kept = '';
  for (const unit of text.split('')) {
    places.push(kept.length);
    if (unit !== '\r') kept += isControl(unit) ? ' ' : unit;
  }
  places.push(kept.length);
  const start = kept.length - kept.trimStart().length;
  const trimmed = kept.trim();
  const place = (index: number) => Math.min(Math.max((places[index] ?? 0) - start, 0), trimmed.length);
  const moved = entities.map((entity) => {
    const offset = place(entity.offset);
    return { ...entity, offset, length: place(entity.offset + entity.length) - offset };
  });
  return { text: trimmed, entities: moved.filter(({ length }) => length > 0) };
}

function isControl(unit: string): boolean {
  return unit < ' ' && unit !== '\n' && unit !== '\t';
}

/** Nothing anyone could see: white space, and the characters Telegram counts as empty. */
export function isBlank(text: string): boolean {
  return /^[\s\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*$/.test(text);
}
