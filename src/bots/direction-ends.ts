const popEmbedding = '\u202c';
const popIsolate = '\u2069';
const openers = new Map([
  ...['\u202a', '\u202b', '\u202d', '\u202e'].map((opener) => [opener, popEmbedding] as const),
  ...['\u2066', '\u2067', '\u2068'].map((opener) => [opener, popIsolate] as const),
]);

/**
 * The invisible characters that end what embeddings, overrides and isolates a text leaves open, innermost first, so that
 * typed text does not turn what follows; a new line ends all.
 */
export function directionEnds(typed: string): string {
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(typed)) return '';
  let open: string[] = [];
  for (const character of typed) {
    const end = openers.get(character);
    if (character === '\n') open = [];
    else if (end) open.push(end);
    else if (character === popEmbedding && open.at(-1) === popEmbedding) open.pop();
    else if (character === popIsolate && open.includes(popIsolate)) open = open.slice(0, open.lastIndexOf(popIsolate));
  }
  return open.reverse().join('');
}
