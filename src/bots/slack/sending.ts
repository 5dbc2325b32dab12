import { z } from 'zod';
import type { SlackClient } from '#bots/slack/client.ts';
import { conversationOf, refOf, threadFor } from '#bots/slack/conversation.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { type Content, layOut } from '#bots/slack/outbound.ts';
import type { Uploads } from '#bots/slack/uploads.ts';
import type { Say } from '#bots/slack/words.ts';
import type { Conversation, EditAttempt, MessageRef, SendAttempt } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';

const posted = z.object({ channel: z.string(), ts: z.string() });

/** Nothing in a text becomes a link, a mention or a preview by itself; chat.update would otherwise look for them. */
const asWritten = { parse: 'none', unfurl_links: false, unfurl_media: false };

/** What Slack says when a thread cannot be replied in; then the message goes to the channel. */
const threadless = new Set([
  'cannot_reply_to_message',
  'invalid_thread_ts',
  'restricted_action_non_threadable_channel',
  'thread_locked',
  'thread_not_found',
]);

/** Posts and edits with the bot's token. Slack has no key for messages: what is sent again is shown again. */
export function createSending(deps: { client: SlackClient; say: Say; uploads: Uploads }) {
  const { client, say, uploads } = deps;

  async function post(channel: string, content: Content, thread: string | undefined): Promise<MessageRef> {
    const answer = await client.call('chat.postMessage', {
      channel,
      ...content,
      ...asWritten,
      ...(thread === undefined ? {} : { thread_ts: thread }),
    });
    const at = posted.parse(answer);
    return refOf(at.channel, at.ts);
  }

  return {
    /** Posts what a part says, without its pictures. */
    postWords(to: Conversation, part: OutgoingPart, card?: MessageRef): Promise<MessageRef> {
      return inThread(threadFor(to, card), (thread) => post(to.channel, layOut(part, say), thread));
    },

    async send(to: Conversation, part: OutgoingPart, attempt: SendAttempt): Promise<MessageRef> {
      const card = attempt.under?.card;
      // Those of an earlier try may be there, though they are gone by now.
      if (part.images.length === 0 && attempt.handle === undefined) return this.postWords(to, part, card);
      const shared = await inThread(threadFor(to, card), (thread) =>
        uploads.share({ channel: to.channel, thread }, part, attempt),
      );
      return 'words' in shared ? this.postWords(to, shared.words, card) : shared;
    },

    /** A message keeps its pictures but for those that are gone: Slack puts no others into it, so they go into its thread. */
    async edit(ref: MessageRef, part: OutgoingPart, attempt: EditAttempt): Promise<void> {
      const { to = conversationOf(ref.channel), under } = attempt;
      await inThread(threadFor(to, under?.card), (thread) =>
        uploads.change({ channel: ref.channel, thread }, part, attempt),
      );
      const { text, blocks } = layOut(part, say);
      await client.call('chat.update', { channel: ref.channel, ts: ref.message, text, blocks, parse: asWritten.parse });
    },
  };
}

export type Sending = ReturnType<typeof createSending>;

async function inThread<T>(thread: string | undefined, act: (thread: string | undefined) => Promise<T>): Promise<T> {
  try {
    return await act(thread);
  } catch (error) {
    if (thread === undefined || !threadless.has(codeOf(error) ?? '')) throw error;
    return act(undefined);
  }
}
