import { randomUUID } from 'node:crypto';
import { toSentMessage } from '#bots/telegram/conversation.ts';
import type { ChatCore, ChatPlatform, Reply } from '#core/ports/chat.ts';
import { type Mode, startTelegram } from '#tests/bots/telegram/start-telegram.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';
import type { ChatPlatformSetup, ContractFile, ContractPerson, SeenMessage } from '#tests/contracts/chat-platform.ts';
import type { TelegramPerson } from '#tests/servers/telegram-people.ts';
import type { SeenMessage as TelegramMessage } from '#tests/servers/telegram-view.ts';

const sending = new Set(['sendMessage', 'sendPhoto', 'sendDocument', 'sendMediaGroup']);

/** A group with its creator, who writes English, and a member, who writes Traditional Chinese. */
export async function startContract(mode: Mode): Promise<ChatPlatformSetup> {
  const started = await startTelegram(mode);
  const { server, blobs } = started;
  const asker = server.addPerson('Ada', { started: true, languageCode: 'en' });
  const other = server.addPerson('Bo', { started: true, languageCode: 'zh-TW' });
  const group = server.addChat({
    // Counts its messages together with the private chats, so that their order is known.
    type: 'group',
    title: 'Studio',
    creator: asker,
    members: [other],
    bot: 'administrator',
  });
  const everyone = new Map([asker, other].map((person) => [String(person.id), person]));
  const personOf = ({ account }: ContractPerson): TelegramPerson => {
    const person = everyone.get(account);
    if (!person) throw new Error(`nobody is ${account}`);
    return person;
  };
  const watched = watch(started.bot.platform, started.start);

  /** Waits until what a person did has been answered. */
  async function answered(act: () => Promise<unknown>): Promise<void> {
    if (watched.isStopped()) {
      await act();
      if (mode === 'webhook') await waitUntil(() => server.deliveries.at(-1)?.status === 503, 'it was refused');
      throw new Error('the platform is stopped');
    }
    const calls = watched.replies.length;
    const sent = countSent();
    await act();
    await waitUntil(() => watched.replies.length > calls, 'the core was asked');
    const reply = watched.replies[calls];
    if (reply?.kind === 'message') await waitUntil(() => countSent() > sent, 'the answer is shown');
    if (reply?.kind === 'message' && reply.postingId !== undefined) {
      const { postingId } = reply;
      await waitUntil(() => watched.sent().includes(postingId), 'the core knows where');
    }
    await server.taken();
  }

  const countSent = () =>
    server.requests.filter(({ method, status, params }) => {
      const isAlert = method === 'answerCallbackQuery' && params.text !== undefined;
      return status === 200 && (sending.has(method) || isAlert);
    }).length;

  const write = (person: ContractPerson, text: string, files: ContractFile[] = []) =>
    answered(() => personOf(person).write(group, text, files.length === 0 ? {} : { documents: files }));

  return {
    platform: watched.platform,
    people: {
      asker: { account: String(asker.id), standing: 'owner', locale: 'en' },
      other: { account: String(other.id), standing: 'member', locale: 'zh-TW' },
    },
    stranger: String(server.addPerson('Sue', { started: true }).id),
    putBlob: (bytes) => blobs.put(randomUUID(), bytes),
    sendsTwice: 'Telegram knows no key by which the same message is the same',
    seen: async (person) =>
      [...server.seen(group.id, person.account), ...server.seen(person.account, person.account)]
        .toSorted((a, b) => a.id - b.id)
        .reduce(gatherAlbums, [])
        .map(toSeen),
    // Several bots may be in a group: a command that no bot of ours declares has to name it.
    say: (person, text, files) => write(person, text.replace(/^\/\w+/, `$&@${server.bot.username}`), files),
    address: (person, text) => write(person, `@${server.bot.username} ${text}`),
    answer: (person, messageId, text) => {
      const [chatId = 0, id = 0] = messageId.split('/').map(Number);
      return answered(() => personOf(person).write(group, text, { replyTo: { chatId, id } }));
    },
    async press(person, messageId, actionId) {
      const [chatId, id] = messageId.split('/').map(Number);
      await answered(async () => {
        const pressed = personOf(person).press({ chatId: chatId ?? 0, id: id ?? 0 }, actionId);
        await pressed.answered();
      });
    },
    async redeliver() {
      const polls = () => server.requests.filter(({ method }) => method === 'getUpdates').length;
      const delivery = await server.redeliver();
      const before = polls();
      if (mode === 'polling') {
        const isBack = () =>
          server.deliveries.some(
            ({ updateId, attempt }) => updateId === delivery.updateId && attempt === delivery.attempt,
          );
        await waitUntil(() => isBack() && polls() > before, 'the repeated update was taken');
      }
    },
    async remove(ref) {
      const { chatId, messageIds } = toSentMessage(ref);
      for (const id of messageIds) asker.remove({ chatId, id });
    },
    reopen: async () => started.another().platform,
    absent: { platform: 'telegram', channel: String(group.id), message: 'text:999999' },
    async stop() {
      await started.stop();
      if (server.violations.length > 0) throw new Error(server.violations.join('\n'));
    },
  };
}

/** The platform, with a core that remembers what it answered. */
function watch(platform: ChatPlatform, start: (core: ChatCore) => Promise<void>) {
  const replies: Reply[] = [];
  const sent: string[] = [];
  let stopped = false;
  return {
    replies,
    sent: () => sent,
    isStopped: () => stopped,
    platform: {
      ...platform,
      start: (core: ChatCore) =>
        start({
          ...core,
          async onCall(call) {
            const reply = await core.onCall(call);
            replies.push(reply);
            return reply;
          },
          async onSent(postingId, ref) {
            await core.onSent(postingId, ref);
            sent.push(postingId);
          },
        }),
      async stop() {
        stopped = true;
        await platform.stop();
      },
    },
  };
}

/** An album's messages are one to whoever reads them. */
function gatherAlbums(gathered: TelegramMessage[][], message: TelegramMessage): TelegramMessage[][] {
  if (!message.fromBot) return gathered;
  const last = gathered.at(-1);
  if (message.album !== undefined && last?.[0]?.album === message.album) last.push(message);
  else gathered.push([message]);
  return gathered;
}

function toSeen(messages: TelegramMessage[]): SeenMessage {
  const [first] = messages;
  return {
    id: `${first?.chatId}/${first?.id}`,
    text: messages.map(({ text }) => withControls(text)).join('\n'),
    images: messages.flatMap(({ images, files, text }) =>
      [...images, ...files].map((image) => ({
        // What a picture shows is the last paragraph of its caption.
        alt: text.split('\n\n').at(-1) ?? '',
        bytes: image.bytes,
        ...('spoiler' in image ? { spoiler: image.spoiler } : {}),
      })),
    ),
    actions: messages.flatMap(({ actions }) => actions.map(({ data = '', label }) => ({ id: data, label }))),
    edits: Math.max(...messages.map(({ edits }) => edits)),
  };
}

/** Telegram shows control characters as spaces, so Easel sends their pictures; this is how a person reads them. */
function withControls(text: string): string {
  return text.replace(/[\u2400-\u2421]/g, (picture) =>
    String.fromCharCode(picture === '\u2421' ? 0x7f : picture.charCodeAt(0) - 0x2400),
  );
}
