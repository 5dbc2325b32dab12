import { shorten } from '#bots/cut-text.ts';
import { privateMessage } from '#bots/private-message.ts';
import type { SlackClient } from '#bots/slack/client.ts';
import { conversationOf } from '#bots/slack/conversation.ts';
import { promptBlock } from '#bots/slack/form.ts';
import type { Said } from '#bots/slack/inbound.ts';
import { limits } from '#bots/slack/limits.ts';
import { layOut } from '#bots/slack/outbound.ts';
import type { Places } from '#bots/slack/places.ts';
import type { Respond } from '#bots/slack/respond.ts';
import type { Sending } from '#bots/slack/sending.ts';
import type { Turn } from '#bots/slack/turn.ts';
import type { Say } from '#bots/slack/words.ts';
import type { ChatCore, CommandCall, Reply } from '#core/ports/chat.ts';
import type { ChatLimits, SendAttempt } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { Reader } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';

const formErrorCharsMax = 500;

/** Shows the core's replies: in the acknowledgement while there is time, else by the address that came with the call. */
export function createAnswers(deps: {
  client: SlackClient;
  places: Places;
  sending: Sending;
  respond: Respond;
  split: (message: OutgoingMessage, limits: ChatLimits) => OutgoingPart[];
  say: Say;
}) {
  const { client, places, sending, respond, split, say } = deps;

  function ephemeral(part: OutgoingPart) {
    return { response_type: 'ephemeral', ...layOut(part, say) };
  }

  /** Says something to the person who asked alone. */
  async function whisper(said: Said, part: OutgoingPart, log: Logger): Promise<void> {
    const { channel, user } = said.origin;
    const thread = said.privateThread === undefined ? {} : { thread_ts: said.privateThread };
    if (said.responseUrl !== undefined) {
      try {
        return await respond(said.responseUrl, { replace_original: false, ...thread, ...ephemeral(part) });
      } catch (error) {
        log.info({ err: error }, 'an answer by the response address was refused');
      }
    }
    if (channel.id.startsWith('D') && said.origin.heard) {
      await sending.postWords(conversationOf(channel.id, said.origin.thread), part);
      return;
    }
    try {
      await client.call('chat.postEphemeral', { channel: channel.id, user, ...thread, ...layOut(part, say) });
    } catch (error) {
      log.info({ err: error }, 'an answer in the channel was refused');
      const direct = await places.direct(user);
      await sending.postWords(conversationOf(direct.platformId), part);
    }
  }

  /** The core may say the very same to many, as in /help: laid out once, that costs little. */
  const private_ = new WeakMap<OutgoingMessage, { parts: OutgoingPart[]; body: Record<string, unknown> }>();

  function layOutPrivately(message: OutgoingMessage) {
    const known = private_.get(message);
    if (known) return known;
    const parts = split({ ...message, images: [] }, limits);
    const laidOut = { parts, body: ephemeral(parts[0] ?? message) };
    private_.set(message, laidOut);
    return laidOut;
  }

  async function showPrivate(said: Said, message: OutgoingMessage, turn: Turn, log: Logger): Promise<void> {
    const { parts, body } = layOutPrivately(message);
    if (turn.isOpen() && said.by === 'form' && message.tone === 'error') {
      // The form stays open with what was typed in it.
      const words = message.lines.map((line) => say(line, message)).join('\n');
      turn.acknowledge({
        response_action: 'errors',
        errors: { [promptBlock]: shorten(words, formErrorCharsMax) },
      });
      return;
    }
    const answered = turn.isOpen() && said.by === 'command';
    turn.acknowledge(answered ? body : undefined);
    for (const part of answered ? parts.slice(1) : parts) await whisper(said, part, log);
  }

  /** Tells that results come by direct message, before they do. */
  async function announceDirect(said: Said, reader: Reader, turn: Turn, log: Logger): Promise<void> {
    const note = privateMessage(reader, { key: 'delivery.direct' }, 'info');
    if (turn.isOpen() && said.by === 'command') return turn.acknowledge(ephemeral(note));
    turn.acknowledge();
    await whisper(said, note, log);
  }

  async function showChannel(
    core: ChatCore,
    said: Said,
    call: CommandCall,
    reply: Message,
    log: Logger,
  ): Promise<void> {
    const { message, postingId } = reply;
    const parts = split(message, limits);
    if (postingId === undefined) {
      for (const [index, part] of parts.entries()) await showPart(said, call, part, index, log);
      return;
    }
    try {
      const ref = await sending.send(call.conversation, parts[0] ?? message, firstTry(call, `posting-${postingId}`));
      await core.onSent(postingId, ref);
    } catch (error) {
      log.warn({ err: error, postingId }, 'a card could not be shown at once; it is posted later');
    }
  }

  async function showPart(
    said: Said,
    call: CommandCall,
    part: OutgoingPart,
    index: number,
    log: Logger,
  ): Promise<void> {
    try {
      await sending.send(call.conversation, part, firstTry(call, `${call.deliveryKey}-${index}`));
    } catch (error) {
      log.warn({ err: error }, 'an answer could not be posted; the person who asked gets it alone');
      await whisper(said, { ...part, images: [] }, log);
    }
  }

  return {
    whisper,

    async show(core: ChatCore, said: Said, call: CommandCall, reply: Reply, turn: Turn, log: Logger): Promise<void> {
      if (reply.kind === 'message' && reply.message.audience === 'private') {
        return showPrivate(said, reply.message, turn, log);
      }
      if (reply.kind !== 'none' && call.elsewhere) {
        await announceDirect(said, await readerOf(core, call, reply), turn, log).catch((error) =>
          log.warn({ err: error }, 'a note was not shown'),
        );
      }
      turn.acknowledge();
      if (reply.kind === 'message') await showChannel(core, said, call, reply, log);
    },
  };
}

async function readerOf(core: ChatCore, call: CommandCall, reply: Reply): Promise<Reader> {
  return reply.kind === 'message' ? reply.message : await core.readerOf(call);
}

type Message = Extract<Reply, { kind: 'message' }>;

export type Answers = ReturnType<typeof createAnswers>;

function firstTry({ workspace }: CommandCall, key: string): SendAttempt {
  const first = { repeat: false, limits, pause: () => undefined, saveHandle: async () => undefined };
  return { key, workspace: workspace.platformId, ...first };
}
