import type { CommandContext, Said } from '#core/commands/define.ts';
import type { OutgoingAction, OutgoingMessage } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';

/** A private answer in the reader's language. */
export function privateAnswer(
  context: Pick<CommandContext, 'reader'>,
  content: {
    title?: Text;
    lines?: Text[];
    fields?: OutgoingMessage['fields'];
    tone?: OutgoingMessage['tone'];
    actions?: OutgoingAction[];
  },
): Said {
  return {
    message: {
      ...context.reader,
      audience: 'private',
      tone: content.tone ?? 'info',
      ...(content.title ? { title: content.title } : {}),
      lines: content.lines ?? [],
      fields: content.fields ?? [],
      images: [],
      imagesAs: 'pictures',
      actions: content.actions ?? [],
    },
  };
}
