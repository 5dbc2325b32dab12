import { expect } from 'vitest';
import type { ChatCore, CommandCall, Reply } from '#core/ports/chat.ts';
import type { MessageRef } from '#core/ports/delivery.ts';
import { i18n } from '#tests/bots/bot-deps.ts';

type Answer = Reply | Promise<Reply>;

/** A core that answers as a test tells it to, and remembers what it was asked. */
export interface ScriptedCore extends ChatCore {
  calls: CommandCall[];
  sent: { postingId: string; ref: MessageRef }[];
  /** Delivery keys of what was answered. */
  answered: string[];
  /** Platform and workspace. */
  removed: [string, string][];
  returned: [string, string][];
  /** What the next calls get, in order. */
  next(...answers: (Answer | (() => Answer))[]): void;
  /** What a call gets when nothing of `next` is left; `none` unless replaced. */
  answer(call: CommandCall): Answer;
  /** Resolves once so many postings were reported as sent. */
  untilSent(count: number): Promise<void>;
  /** Resolves once so many calls have been made. */
  untilCalled(count: number): Promise<void>;
}

const wait = { interval: 1, timeout: 10_000 };

/** Everyone reads in what the platform says of their language, and in this time zone. */
export function createScriptedCore(timeZone = 'UTC'): ScriptedCore {
  const answers: (Answer | (() => Answer))[] = [];
  const core: ScriptedCore = {
    calls: [],
    sent: [],
    answered: [],
    removed: [],
    returned: [],
    next: (...more) => void answers.push(...more),
    answer: () => ({ kind: 'none' }),
    async onCall(call) {
      core.calls.push(call);
      const next = answers.shift() ?? core.answer(call);
      return typeof next === 'function' ? next() : next;
    },
    onAnswered: ({ deliveryKey }) => void core.answered.push(deliveryKey),
    async onSent(postingId, ref) {
      core.sent.push({ postingId, ref });
    },
    paced: (_platform, _budgets, call) => call(),
    complete: async () => [],
    async onRemoved(platform, workspace) {
      core.removed.push([platform, workspace]);
    },
    async onReturned(platform, workspace) {
      core.returned.push([platform, workspace]);
    },
    readerOf: async ({ locale }) => ({ locale: i18n.match(locale) ?? 'en', timeZone }),
    untilSent: (count) => expect.poll(() => core.sent.length, wait).toBe(count),
    untilCalled: (count) => expect.poll(() => core.calls.length, wait).toBe(count),
  };
  return core;
}
