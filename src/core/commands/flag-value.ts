/** A value as one word of a typed line, whatever was typed into a field of its own. */
export function flagValue(typed: string): string {
  const isWord = /^[^\s"“”]+$/.test(typed) && !/^[-\u2012-\u2015\u2e3a]/.test(typed);
  if (isWord) return typed;
  // A backslash at its side would take from a quote what it means.
  const escaped = typed.replaceAll('\n', ' ').replace(/\\+(?=["“”]|$)/g, '$&$&');
  return `"${escaped.replace(/["“”]/g, '\\$&')}"`;
}
