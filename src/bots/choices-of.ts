import type { OutgoingImage, OutgoingMessage } from '#core/ports/chat.ts';

/** The choices that are about a page of pictures, where each page has its own. */
export function choicesOf(
  { choices }: Pick<OutgoingMessage, 'choices'>,
  page: readonly OutgoingImage[],
): Pick<OutgoingMessage, 'choices'> {
  const options = choices?.options.filter(({ image }) => page.some(({ name }) => name === image)) ?? [];
  return choices && options.length > 0 ? { choices: { ...choices, options } } : {};
}
