import type { Reply } from '#core/ports/chat.ts';
import type { PlannedCall } from '#core/ports/delivery.ts';
import type { OutgoingForm, OutgoingMessage } from '#core/ports/message.ts';

/** A message for everybody, in English, with nothing in it but what is told. */
export function outgoing(content: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    ...{ locale: 'en', timeZone: 'UTC', audience: 'channel', tone: 'info' },
    ...{ lines: [], fields: [], images: [], imagesAs: 'pictures', actions: [] },
    ...content,
  };
}

/** A message with the words as its title. */
export function titled(words: string, content: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoing({ title: { verbatim: words }, ...content });
}

/** A reply that shows a message; with `postingId` it owes a posting, as a card does. */
export function replying(content: Partial<OutgoingMessage>, postingId?: string): Reply {
  return { kind: 'message', message: outgoing(content), ...(postingId === undefined ? {} : { postingId }) };
}

/** A reply with one line. */
export function saying(words: string, content: Partial<OutgoingMessage> = {}, postingId?: string): Reply {
  return replying({ lines: [{ verbatim: words }], ...content }, postingId);
}

/** An answer that brings a form along, and says the same in words. */
export function asking(value: string, content: Partial<OutgoingMessage> = {}): Reply {
  const form: OutgoingForm = {
    title: { key: 'action.editPrompt' },
    label: { verbatim: `Other words for ${'pictures '.repeat(9)}` },
    submit: { key: 'action.make' },
    ...{ value, charsMax: 4000, command: 'rerun k7m2q4 2 --prompt' },
  };
  return saying('copy this line', { audience: 'private', form, ...content });
}

/** A call that is about to be made, final and for the first time unless told otherwise. */
export function planned(kind: PlannedCall['kind'], call: Partial<PlannedCall> = {}): PlannedCall {
  return { kind, workspace: 'w', channel: 'c', images: 0, urgency: 'final', repeat: false, ...call };
}
