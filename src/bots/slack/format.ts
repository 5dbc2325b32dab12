/** `&`, `<` and `>` are the only characters that Slack reads in its texts: docs.slack.dev/messaging/formatting-message-text. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const openers = new Map([
  ['\u202a', '\u202c'],
  ['\u202b', '\u202c'],
  ['\u202d', '\u202c'],
  ['\u202e', '\u202c'],
  ['\u2066', '\u2069'],
  ['\u2067', '\u2069'],
  ['\u2068', '\u2069'],
]);

/** Ends the text directions that typed text leaves open, so that they do not reach what follows; adds nothing else. */
export function containDirections(typed: string): string {
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(typed)) return typed;
  const open: string[] = [];
  // A new line ends them all.
  for (const character of typed.slice(typed.lastIndexOf('\n') + 1)) {
    const closer = openers.get(character);
    if (closer !== undefined) open.push(closer);
    else if (character === '\u202c' && open.at(-1) === character) open.pop();
    else if (character === '\u2069' && open.includes(character)) open.splice(open.lastIndexOf(character));
  }
  return typed + open.reverse().join('');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** As much of the text as fits into so many UTF-16 units once `encode` was applied, with an ellipsis where it was cut. */
export function shorten(text: string, max: number, encode: (text: string) => string = (same) => same): string {
  const whole = encode(text);
  if (whole.length <= max) return whole;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    const next = encode(segment);
    if (kept.length + next.length > max - 1) break;
    kept += next;
  }
  return `${kept}…`;
}

/** Cuts a text into pieces of at most so many UTF-16 units, after a line, else a word, else a grapheme; joined they are the text. */
export function cutText(text: string, max: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const length = pieceLength(rest, max);
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return rest === '' && pieces.length > 0 ? pieces : [...pieces, rest];
}

function pieceLength(text: string, max: number): number {
  const head = text.slice(0, max);
  const line = head.lastIndexOf('\n') + 1;
  if (line > 0) return line;
  const word = /^[\s\S]*\s/.exec(head)?.[0].length ?? 0;
  if (word > 0) return word;
  let length = 0;
  for (const { segment } of graphemes.segment(text.slice(0, max + 1))) {
    if (length + segment.length > max) break;
    length += segment.length;
  }
  // A single grapheme may be longer than all that fits.
  return length > 0 ? length : max;
}
