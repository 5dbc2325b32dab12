import { directionEnds } from '#bots/direction-ends.ts';

/** What Discord's markdown could read as markup anywhere in a text; colons are in links and in names of emoji. */
const markupAnywhere = /[\\`*_~|<@[\]:]/g;
/** Headings, quotes, lists and small print begin a line. */
const markupAtLineStart = /^([^\S\n]*)([-+#>])/gm;
const numberedLine = /^([^\S\n]*\d+)\./gm;

/**
 * Typed text as Discord shows it exactly as it was typed: a backslash before whatever would be markup or a mention,
 * and every direction that it opens closed again, so that what follows is read as usual.
 */
export function quote(typed: string): string {
  const escaped = typed
    .replace(markupAnywhere, '\\$&')
    .replace(markupAtLineStart, '$1\\$2')
    .replace(numberedLine, '$1\\.');
  return escaped + directionEnds(typed);
}

/** Undocumented: a message with more bytes of text gets a 500 (discord/discord-api-docs#8554). */
const textBytesMax = 10_000;
const textDisplayBytes = 16;

/** Whether text displays fit one message: `textMax` is in UTF-16 units, all displays of the message together. */
export function fitsMessage(texts: readonly string[], textMax: number): boolean {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + textDisplayBytes, 0);
  return units <= textMax && bytes <= textBytesMax;
}
