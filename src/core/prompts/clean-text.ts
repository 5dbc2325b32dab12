/**
 * Typed text as it is kept: well-formed Unicode, line ends as \n, and control characters as their visible pictures
 * (U+2400…), since PostgreSQL cannot hold U+0000 and no chat shows the others.
 */
export function cleanText(typed: string): string {
  return typed
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, (character) => pictureOf(character));
}

function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}
