/** Alt text is for a glance; every platform takes this much. */
export const altPromptCharsMax = 200;
/** On a card. */
export const cardPromptCharsMax = 300;

/** Text cut to at most `max` characters (code points), with an ellipsis where something is missing. */
export function shorten(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}
