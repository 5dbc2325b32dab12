import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosPlatform, isCard, type PlatformFault } from '#tests/chaos/platform.ts';
import { callHeader } from '#tests/chaos/relay.ts';
import { startTelegramServer } from '#tests/servers/telegram.ts';

const posting = ['sendMessage', 'sendPhoto', 'sendMediaGroup'];
const methodsOf: Record<PlatformFault, readonly string[]> = {
  rate_limited: [...posting, 'editMessageText'],
  server_error: [...posting, 'editMessageText'],
  cut_after: posting,
};

export async function startChaosTelegram(): Promise<ChaosPlatform> {
  const server = await startTelegramServer();

  return {
    id: 'telegram',
    origin: new URL(server.url).origin,
    env: (origin) => ({ TELEGRAM_BOT_TOKEN: server.token, TELEGRAM_API_URL: origin }),
    async connected() {
      while (!server.requests.some(({ method }) => method === 'getUpdates')) await sleep(50);
    },
    openRoom(name) {
      const chat = server.addChat({ type: 'supergroup', title: name, bot: 'administrator' });
      const person = server.addPerson(`person of ${name}`, { started: true });
      chat.setMember(person, 'member');
      const saidIn = (id: number) => server.seen(id, person.id).filter(({ fromBot }) => fromBot);
      return {
        // What is written is kept for the bot until it takes it.
        type: (line) =>
          person.write(chat, line).then(
            () => true,
            () => false,
          ),
        shown: () => saidIn(chat.id).map(({ text, images }) => ({ text, images: images.map(({ bytes }) => bytes) })),
        whispers: () => saidIn(person.id).map(({ text }) => text),
        keylessPosts: () =>
          server.requests
            .filter(
              ({ method, params, result }) =>
                posting.includes(method) && String(params.chat_id) === String(chat.id) && result !== undefined,
            )
            .map(({ method, headers, params }) => ({
              callId: headers[callHeader] ?? '',
              shows: method !== 'sendMessage' ? 'pictures' : isCard(String(params.text)) ? 'card' : 'words',
            })),
      };
    },
    fail(kind, served) {
      server.fail({
        kind,
        match({ method, headers }) {
          if (!methodsOf[kind].includes(method)) return false;
          served(headers[callHeader] ?? '');
          return true;
        },
      });
    },
    violations: () => server.violations,
    floods: () => server.floods.length,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}
