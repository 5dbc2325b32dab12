import type { ChatCore, CommandCall, MessageRef, OutgoingMessage, Reply } from '#core/ports/chat.ts';
import { i18n } from '#tests/bots/telegram/start-telegram.ts';

export interface FakeCore extends ChatCore {
  calls: CommandCall[];
  sent: { postingId: string; ref: MessageRef }[];
  /** Delivery keys of what was answered. */
  answered: string[];
  /** What `onCall` does; an empty reply when unset. */
  answer: (call: CommandCall) => Promise<Reply> | Reply;
}

export function createFakeCore(): FakeCore {
  const core: FakeCore = {
    calls: [],
    sent: [],
    answered: [],
    answer: () => ({ kind: 'none' }),
    async onCall(call) {
      core.calls.push(call);
      return core.answer(call);
    },
    async onSent(postingId, ref) {
      core.sent.push({ postingId, ref });
    },
    onAnswered: ({ deliveryKey }) => void core.answered.push(deliveryKey),
    complete: async () => [],
    readerOf: async ({ locale }) => ({ locale: i18n.match(locale) ?? 'en', timeZone: 'UTC' }),
  };
  return core;
}

export function reply(content: Partial<OutgoingMessage>, postingId?: string): Reply {
  const message: OutgoingMessage = {
    locale: 'en',
    timeZone: 'UTC',
    audience: 'channel',
    tone: 'info',
    lines: [],
    fields: [],
    images: [],
    imagesAs: 'pictures',
    actions: [],
    ...content,
  };
  return { kind: 'message', message, ...(postingId === undefined ? {} : { postingId }) };
}

/** A promise that the test settles. */
export function createGate(): { passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
