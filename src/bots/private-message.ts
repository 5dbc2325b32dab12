import type { OutgoingMessage } from '#core/ports/message.ts';
import type { I18n, Reader, Text } from '#src/i18n.ts';

/** A message of one sentence for one person. */
export function privateMessage(reader: Reader, line: Text, tone: OutgoingMessage['tone']): OutgoingMessage {
  const { locale, timeZone } = reader;
  return {
    locale,
    timeZone,
    audience: 'private',
    tone,
    lines: [line],
    fields: [],
    images: [],
    imagesAs: 'pictures',
    actions: [],
  };
}

/** What a person sees of a fault of ours: its reference. */
export function bugMessage(i18n: Pick<I18n, 'match'>, locale: string | undefined, reference: string): OutgoingMessage {
  const reader = { locale: i18n.match(locale) ?? 'en', timeZone: 'UTC' };
  return privateMessage(reader, { key: 'errors.bug', values: { reference } }, 'error');
}
