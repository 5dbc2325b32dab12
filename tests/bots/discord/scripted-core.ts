import { expect } from 'vitest';
import type { ChatCore, Choice, CommandCall, MessageRef, OutgoingMessage, Reply } from '#core/ports/chat.ts';
import { i18n } from '#tests/bots/discord/start-discord.ts';

/** A core that says what a test tells it to. */
export interface ScriptedCore extends ChatCore {
  calls: CommandCall[];
  sent: { postingId: string; ref: MessageRef }[];
  answered: string[];
  /** What the next calls get, in order; `none` when nothing is left. */
  next(...replies: (Reply | Promise<Reply>)[]): void;
  choices: Choice[];
  /** Resolves once so many postings were reported as sent. */
  untilSent(count: number): Promise<void>;
  /** Resolves once so many calls have been made. */
  untilCalled(count: number): Promise<void>;
}

const wait = { interval: 1, timeout: 10_000 };

export function createScriptedCore(): ScriptedCore {
  const replies: (Reply | Promise<Reply>)[] = [];
  const core: ScriptedCore = {
    calls: [],
    sent: [],
    answered: [],
    choices: [],
    next: (...more) => void replies.push(...more),
    async onCall(call) {
      core.calls.push(call);
      return (await replies.shift()) ?? { kind: 'none' };
    },
    onAnswered: (call) => void core.answered.push(call.deliveryKey),
    async onSent(postingId, ref) {
      core.sent.push({ postingId, ref });
    },
    complete: async () => core.choices,
    readerOf: async (sender) => ({ locale: i18n.match(sender.locale) ?? 'en', timeZone: 'UTC' }),
    untilSent: (count) => expect.poll(() => core.sent.length, wait).toBe(count),
    untilCalled: (count) => expect.poll(() => core.calls.length, wait).toBe(count),
  };
  return core;
}

/** A message with the words, for everybody unless told otherwise. */
export function saying(words: string, content: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    ...{ locale: 'en', timeZone: 'UTC', audience: 'channel', tone: 'info', title: { verbatim: words } },
    lines: [],
    fields: [],
    images: [],
    imagesAs: 'pictures',
    actions: [],
    ...content,
  };
}

export function replying(words: string, content: Partial<OutgoingMessage> = {}): Reply {
  return { kind: 'message', message: saying(words, content) };
}

/** A reply that owes a posting: a card. */
export function owing(postingId: string, words: string, content: Partial<OutgoingMessage> = {}): Reply {
  return { kind: 'message', message: saying(words, content), postingId };
}
