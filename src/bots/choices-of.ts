import type { OutgoingChoice, OutgoingImage, OutgoingMessage } from '#core/ports/message.ts';

/** The choices of a page, where each has its own: those about its pictures, or all with the `first` words where there are none. */
export function choicesOf(
  { choices, images }: Pick<OutgoingMessage, 'choices' | 'images'>,
  page: readonly OutgoingImage[],
  first: boolean,
): Pick<OutgoingMessage, 'choices'> {
  const isShown = ({ number }: OutgoingChoice) =>
    images.length === 0 ? first : page.some((image) => image.number === number);
  const options = choices?.options.filter(isShown) ?? [];
  return choices && options.length > 0 ? { choices: { ...choices, options } } : {};
}
