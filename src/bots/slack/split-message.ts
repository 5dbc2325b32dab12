import { cutText } from '#bots/cut-text.ts';
import type { Say } from '#bots/slack/words.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';

/**
 * Cuts a message into parts: as many pictures as fit into one, as many lines as fit into its text. Title, fields and
 * buttons are with the first; below pictures, what can be pressed is a message of its own, as a message of files has
 * nothing but words beside them.
 */
export function createSplit(say: Say) {
  return (message: OutgoingMessage, limits: ChatLimits): OutgoingPart[] => {
    const pictures = pages(message.images, limits.imagesPerMessage);
    const lines = linePages(message, limits.textMax, say);
    const { choices, actions, ...quiet } = message;
    const isPressed = actions.length > 0 || choices !== undefined;
    const shown = pictures.length > 0 ? { ...quiet, actions: [] } : message;
    const parts = Array.from({ length: Math.max(1, pictures.length, lines.length) }, (_, index) => {
      const part = { ...shown, lines: lines[index] ?? [], images: pictures[index] ?? [] };
      if (index === 0) return part;
      const { progress: _progress, choices: _choices, ...rest }: OutgoingPart = part;
      // Pages of pictures say whose they are; more of the same words do not.
      if (part.images.length === 0) delete rest.title;
      return { ...rest, fields: [], actions: [] };
    });
    if (pictures.length === 0 || !isPressed) return parts;
    const { title: _title, progress: _progress, ...pressed } = message;
    return [...parts, { ...pressed, lines: [], fields: [], images: [] }];
  };
}

function linePages(message: OutgoingMessage, textMax: number, say: Say): Text[][] {
  const length = (text: Text | undefined) => (text ? say(text, message).length + 1 : 0);
  const fields = message.fields.reduce((sum, { label, value }) => sum + length(label) + length(value), 0);
  const filled: Text[][] = [[]];
  let used = length(message.title) + fields;
  const open = (): Text[] => {
    const page: Text[] = [];
    filled.push(page);
    used = 0;
    return page;
  };
  let page = filled[0] ?? open();
  for (const line of message.lines) {
    const said = say(line, message);
    if (used + said.length + 1 <= textMax) {
      page.push(line);
      used += said.length + 1;
      continue;
    }
    if (page.length > 0 || used > 0) page = open();
    for (const [index, piece] of cutText(said, (piece) => piece.length < textMax).entries()) {
      if (index > 0) page = open();
      page.push(said.length < textMax ? line : { verbatim: piece });
      used = piece.length + 1;
    }
  }
  return filled;
}

function pages<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
