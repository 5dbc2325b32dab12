import type { OutgoingImage, OutgoingMessage } from '#core/ports/chat.ts';

/** The choices that are about a page of pictures, where each page has its own. */
export function choicesOf(
  { choices }: Pick<OutgoingMessage, 'choices'>,
  page: readonly OutgoingImage[],
): Pick<OutgoingMessage, 'choices'> {
  const options = choices?.options.filter((option) => page.some(({ number }) => number === option.number)) ?? [];
  return choices && options.length > 0 ? { choices: { ...choices, options } } : {};
}
