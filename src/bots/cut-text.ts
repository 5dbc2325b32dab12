const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Cuts a text into pieces that each fit: after a line, or else a word, where that leaves no piece nearly empty, else
 * between two characters as people count them. Joined again, the pieces are the text. `fits` is true of every shorter
 * text too.
 */
export function cutText(text: string, fits: (piece: string) => boolean): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (!fits(rest)) {
    const length = cutAt(rest, longestFit(rest, fits));
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return rest === '' && pieces.length > 0 ? pieces : [...pieces, rest];
}

/** At least 1: a single character that does not fit has to be sent all the same. */
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

function cutAt(text: string, length: number): number {
  const head = text.slice(0, length);
  const line = head.lastIndexOf('\n') + 1;
  if (line > length / 2) return line;
  const word = /^[\s\S]*\s(?=\S)/.exec(text.slice(0, length + 1))?.[0].length ?? 0;
  if (word > length / 2) return word;
  // One character longer than a whole message has to be broken.
  return characterStart(text, length) || length;
}

/** As much of a text as fits into `max` (2 or more) UTF-16 units once `encode` was applied, with an ellipsis where it was cut. */
export function shorten(text: string, max: number, encode: (text: string) => string = (same) => same): string {
  const whole = encode(text);
  if (whole.length <= max) return whole;
  const length = characterStart(
    text,
    longestFit(text, (piece) => encode(piece).length < max),
  );
  return `${encode(text.slice(0, length))}…`;
}

/** Longer than any character, so that what follows cannot change where the one at `index` begins. */
const characterUnitsMax = 100;

function characterStart(text: string, index: number): number {
  return graphemes.segment(text.slice(0, index + characterUnitsMax)).containing(index)?.index ?? index;
}
