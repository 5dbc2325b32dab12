import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosPlatform, didSucceed, isCard, type KeylessPost, type PlatformFault } from '#tests/chaos/platform.ts';
import { callHeader } from '#tests/chaos/relay.ts';
import { startTelegramServer } from '#tests/servers/telegram.ts';
import type { SeenMessage } from '#tests/servers/telegram-view.ts';

const posting = ['sendMessage', 'sendPhoto', 'sendMediaGroup', 'sendDocument'];
const methodsOf: Record<PlatformFault, readonly string[]> = {
  rate_limited: [...posting, 'editMessageText'],
  server_error: [...posting, 'editMessageText'],
  cut_after: posting,
};

function whatIsShown(method: string, text: string): KeylessPost['shows'] {
  if (method === 'sendDocument') return 'files';
  if (method !== 'sendMessage') return 'pictures';
  return isCard(text) ? 'card' : 'words';
}

const show = ({ text, images, files }: SeenMessage) => ({ text, images: images.map(({ bytes }) => bytes), files });

export async function startChaosTelegram(): Promise<ChaosPlatform> {
  const server = await startTelegramServer();

  return {
    id: 'telegram',
    origin: new URL(server.url).origin,
    env: (origin) => ({ TELEGRAM_BOT_TOKEN: server.token, TELEGRAM_API_URL: origin }),
    // They are below the API's own address, whichever that is.
    leadFilesTo: () => undefined,
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
        type: (line) => didSucceed(person.write(chat, line)),
        attach: (file) => didSucceed(person.write(chat, '/batch', { documents: [{ ...file, type: 'text/plain' }] })),
        shown: () => saidIn(chat.id).map(show),
        direct: () => saidIn(person.id).map(show),
        whispers: () => saidIn(person.id).map(({ text }) => text),
        keylessPosts: () =>
          server.requests
            .filter(
              ({ method, params, result }) =>
                posting.includes(method) &&
                [String(chat.id), String(person.id)].includes(String(params.chat_id)) &&
                result !== undefined,
            )
            .map(({ method, headers, params }) => ({
              callId: headers[callHeader] ?? '',
              shows: whatIsShown(method, String(params.text)),
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
