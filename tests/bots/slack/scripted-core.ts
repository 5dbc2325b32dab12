import type { ChatCore, CommandCall, MessageRef, OutgoingMessage, Reply } from '#core/ports/chat.ts';
import { i18n } from '#tests/bots/slack/start-slack.ts';

/** A core that answers as it is told, and remembers what it was asked. */
export interface ScriptedCore extends ChatCore {
  calls: CommandCall[];
  sent: { postingId: string; ref: MessageRef }[];
  answered: CommandCall[];
  /** The answers to come, in turn; then `none`. */
  answers: ((call: CommandCall) => Reply | Promise<Reply>)[];
  choices: Record<string, string[]>;
}

export function createScriptedCore(): ScriptedCore {
  const core: ScriptedCore = {
    calls: [],
    sent: [],
    answered: [],
    answers: [],
    choices: {},
    async onCall(call) {
      core.calls.push(call);
      return (await core.answers.shift()?.(call)) ?? { kind: 'none' };
    },
    onAnswered: (call) => void core.answered.push(call),
    async onSent(postingId, ref) {
      core.sent.push({ postingId, ref });
    },
    complete: async (_sender, text) =>
      (core.choices[/--(\w+) $/.exec(text)?.[1] ?? ''] ?? []).map((value) => ({ value, label: value })),
    readerOf: async (sender) => ({ locale: i18n.match(sender.locale) ?? 'en', timeZone: 'Asia/Taipei' }),
  };
  return core;
}

export function outgoing(content: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    ...{ locale: 'en', timeZone: 'Asia/Taipei', audience: 'channel', tone: 'info' },
    ...{ lines: [], fields: [], images: [], imagesAs: 'pictures', actions: [] },
    ...content,
  };
}

/** A reply with one line. */
export function saying(words: string, content: Partial<OutgoingMessage> = {}, postingId?: string): Reply {
  const message = outgoing({ lines: [{ verbatim: words }], ...content });
  return { kind: 'message', message, ...(postingId === undefined ? {} : { postingId }) };
}
