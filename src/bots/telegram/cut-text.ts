const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Cuts a text into pieces of at most `max` UTF-16 units: after a line or else a word where that leaves no piece
 * nearly empty, else between two characters as people count them. Joined again, the pieces are the text.
 */
export function cutText(text: string, max: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const length = cutAt(rest, max);
    pieces.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return [...pieces, rest];
}

function cutAt(text: string, max: number): number {
  const head = text.slice(0, max);
  const line = head.lastIndexOf('\n') + 1;
  if (line > max / 2) return line;
  const word = /^[\s\S]*\s/.exec(head)?.[0].length ?? 0;
  if (word > max / 2) return word;
  // One character longer than a whole message has to be broken.
  return characterStart(text, max) || max;
}

/** Plain text brought to a length between two characters, with an ellipsis where something is left out. */
export function clipText(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, characterStart(text, max - 1))}…`;
}

/** Longer than any character, so that what follows cannot change where the one at `index` begins. */
const characterUnitsMax = 100;

function characterStart(text: string, index: number): number {
  return graphemes.segment(text.slice(0, index + characterUnitsMax)).containing(index)?.index ?? index;
}
