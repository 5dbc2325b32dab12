/** A value as one word of a typed line, whatever was typed into a field of its own. */
export function flagValue(typed: string): string {
  const isWord = /^[^\s"“”]+$/.test(typed) && !/^[-\u2012-\u2015\u2e3a]/.test(typed);
  return isWord ? typed : `"${typed.replace(/["“”\n]/g, ' ')}"`;
}
