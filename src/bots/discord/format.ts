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

const embeddings = /[\u202a\u202b\u202d\u202e]/;
const isolates = /[\u2066-\u2068]/;
const popEmbedding = '\u202c';
const popIsolate = '\u2069';

/** The invisible characters that end what embeddings, overrides and isolates a text leaves open, innermost first. */
export function directionEnds(typed: string): string {
  let open: string[] = [];
  for (const character of typed) {
    if (character === '\n') open = [];
    else if (embeddings.test(character)) open.push(popEmbedding);
    else if (isolates.test(character)) open.push(popIsolate);
    else if (character === popEmbedding && open.at(-1) === popEmbedding) open.pop();
    else if (character === popIsolate && open.includes(popIsolate)) open = open.slice(0, open.lastIndexOf(popIsolate));
  }
  return open.reverse().join('');
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

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Cuts a text into pieces that each fit: after a line where there is one, else after a word, else between two
 * characters as people count them. Joined again, the pieces are the text. `fits` is true of every shorter text too.
 */
export function cutText(text: string, fits: (piece: string) => boolean): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (!fits(rest)) {
    const length = cutAt(rest, longestFit(rest, fits));
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...pieces, rest];
}

function longestFit(text: string, fits: (piece: string) => boolean): number {
  let low = 1;
  let high = text.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(text.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The best place at or before `length`; always at least one character. */
function cutAt(text: string, length: number): number {
  const head = text.slice(0, length);
  const line = head.lastIndexOf('\n') + 1;
  if (line > 0) return line;
  const word = /^[\s\S]*\s(?=\S)/.exec(text.slice(0, length + 1))?.[0].length ?? 0;
  if (word > 0) return word;
  const grapheme = graphemes.segment(text).containing(length)?.index ?? length;
  // One character longer than a whole message: Discord would show it broken in either case.
  return grapheme > 0 ? grapheme : length;
}

/** Plain text, such as a button's label, brought to a length between two characters. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, graphemes.segment(text).containing(max - 1)?.index ?? max - 1)}…`;
}
