import { setTimeout as sleep } from 'node:timers/promises';
import { startDiscordServer } from '#tests/servers/discord.ts';
import { documentedRates as discordRates } from '#tests/servers/discord-rates.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import { documentedRates as slackRates } from '#tests/servers/slack-rates.ts';
import { startTelegramServer } from '#tests/servers/telegram.ts';
import { documentedRates as telegramRates } from '#tests/servers/telegram-rates.ts';
import type { Window } from './first-moment.ts';

/** A platform's local server with its chats, and what of its record the soak asks for. */
export interface SoakPlatform extends AsyncDisposable {
  id: 'discord' | 'slack' | 'telegram';
  env: Record<string, string>;
  chats: number;
  workspaces: number;
  connected(): Promise<void>;
  /** Asks for a batch in a chat, each in turn. */
  ask(turn: number, line: string): Promise<unknown>;
  /** When the call that showed a batch's gallery came in, and the limits it had to keep besides; undefined before that. */
  galleryOf(batchId: string): { at: number; windows: Window[] } | undefined;
  edits(): number;
  floods(): number;
  violations(): readonly string[];
}

interface Sent {
  at: number;
  status: number;
}

const succeeded = ({ status }: Sent) => status >= 200 && status < 300;

/** What was sent besides, each counted once unless it says otherwise. */
function windowOf<T extends Sent>(
  rate: { limit: number; windowMs: number },
  cost: number,
  others: readonly T[],
  countOf: (one: T) => number = () => 1,
): Window {
  const { limit, windowMs } = rate;
  return { limit, windowMs, cost, others: others.map((one) => ({ at: one.at, count: countOf(one) })) };
}

export async function startSoakDiscord(guilds: number, chats: number): Promise<SoakPlatform> {
  const server = await startDiscordServer();
  const places = Array.from({ length: guilds }, (_, index) => server.addGuild({ name: `guild-${index}` })).flatMap(
    (guild, index) =>
      Array.from({ length: Math.floor((chats + index) / guilds) }, (_, room) => ({
        channel: guild.addChannel({ name: `room-${room}` }),
        person: guild.addMember({ name: `person-${index}-${room}` }),
      })),
  );
  // A card that is posted anew may show the contact sheet, which is no gallery.
  const isPicture = (name: string, batchId: string) =>
    name.startsWith(batchId) && /^-\d+\.\w+$/.test(name.slice(batchId.length));
  const isAnswer = ({ path }: { path: string }) => /^\/(interactions|webhooks)\//.test(path);
  return {
    id: 'discord',
    env: { DISCORD_TOKEN: server.token, DISCORD_API_URL: server.url },
    chats: places.length,
    workspaces: guilds,
    async connected() {
      await server.registered('imagine');
      await server.connected();
    },
    ask(turn, line) {
      const [, prompt = '', n = ''] = /^\/imagine (.*) --n (\d+)$/.exec(line) ?? [];
      const place = places[turn % places.length];
      if (!place) throw new Error('no place');
      return place.person.slash(place.channel, 'imagine', { prompt, n: Number(n) });
    },
    galleryOf(batchId) {
      const sent = server.requests.filter(succeeded);
      const gallery = sent.find(
        ({ method, path, files }) =>
          method === 'POST' &&
          /^\/channels\/\d+\/messages$/.test(path) &&
          files.some(({ name }) => isPicture(name, batchId)),
      );
      if (!gallery) return undefined;
      const others = sent.filter((one) => one !== gallery && one.at <= gallery.at && !isAnswer(one));
      const inChannel = others.filter(({ method, path }) => method === 'POST' && path === gallery.path);
      return {
        at: gallery.at,
        windows: [windowOf(discordRates.createMessage, 1, inChannel), windowOf(discordRates.global, 1, others)],
      };
    },
    edits: () => server.requests.filter((one) => succeeded(one) && one.method === 'PATCH').length,
    floods: () => server.floods.length,
    violations: () => server.violations,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

export async function startSoakSlack(chats: number): Promise<SoakPlatform> {
  const server = await startSlackServer();
  const team = server.addTeam('team');
  const places = Array.from({ length: chats }, (_, index) => ({
    channel: team.addChannel(`room-${index}`),
    user: team.addUser(`person-${index}`),
  }));
  const messages = ['chat.postMessage', 'files.completeUploadExternal'];
  return {
    id: 'slack',
    env: { SLACK_BOT_TOKEN: team.botToken, SLACK_APP_TOKEN: server.appToken, SLACK_API_URL: server.url },
    chats,
    workspaces: 1,
    async connected() {
      while (server.socket.connections === 0) await sleep(20);
    },
    ask(turn, line) {
      const place = places[turn % places.length];
      if (!place) throw new Error('no place');
      return place.user.command(place.channel, '/imagine', line.replace('/imagine ', ''));
    },
    galleryOf(batchId) {
      const sent = server.requests.filter((one) => succeeded(one) && one.error === undefined);
      const uploads = sent.filter(
        ({ method, body }) =>
          method === 'files.getUploadURLExternal' && String(body.filename).startsWith(`${batchId}-`),
      );
      const last = uploads.at(-1);
      const shown = sent.find(
        ({ method, body, at }) =>
          method === 'files.completeUploadExternal' &&
          at >= (last?.at ?? Number.POSITIVE_INFINITY) &&
          JSON.stringify(body).includes(batchId),
      );
      if (!last || !shown) return undefined;
      const others = sent.filter((one) => one.at <= shown.at && one !== shown && !uploads.includes(one));
      const of = (...methods: string[]) => others.filter(({ method }) => methods.includes(method));
      const inChannel = of(...messages).filter(
        ({ body }) => (body.channel ?? body.channel_id) === (shown.body.channel_id ?? shown.body.channel),
      );
      return {
        at: shown.at,
        windows: [
          windowOf(slackRates['files.getUploadURLExternal'], uploads.length, of('files.getUploadURLExternal')),
          windowOf(slackRates['files.completeUploadExternal'], 1, of('files.completeUploadExternal')),
          windowOf(slackRates.channel, 1, inChannel),
        ],
      };
    },
    edits: () => server.requests.filter((one) => succeeded(one) && one.method === 'chat.update').length,
    floods: () => server.floods.length,
    violations: () => server.violations,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}

export async function startSoakTelegram(chats: number): Promise<SoakPlatform> {
  const server = await startTelegramServer();
  const places = Array.from({ length: chats }, (_, index) => {
    const chat = server.addChat({ type: 'supergroup', title: `group-${index}`, bot: 'administrator' });
    const person = server.addPerson(`person-${index}`, { started: true });
    chat.setMember(person, 'member');
    return { chat, person };
  });
  const countOf = ({ result }: { result?: unknown }) => (Array.isArray(result) ? result.length : 1);
  return {
    id: 'telegram',
    env: { TELEGRAM_BOT_TOKEN: server.token, TELEGRAM_API_URL: server.url },
    chats,
    workspaces: chats,
    async connected() {
      while (!server.requests.some(({ method }) => method === 'getUpdates')) await sleep(20);
    },
    ask(turn, line) {
      const place = places[turn % places.length];
      if (!place) throw new Error('no place');
      return place.person.write(place.chat, line);
    },
    galleryOf(batchId) {
      const sent = server.requests.filter((one) => succeeded(one) && /^(send|edit)(?!ChatAction)/.test(one.method));
      const gallery = sent.find(
        ({ method, params, files }) =>
          method === 'sendMediaGroup' && (JSON.stringify(params) + files.map(({ name }) => name)).includes(batchId),
      );
      if (!gallery) return undefined;
      const others = sent.filter((one) => one !== gallery && one.at <= gallery.at);
      const here = others.filter(({ params }) => String(params.chat_id) === String(gallery.params.chat_id));
      const pictures = countOf(gallery);
      return {
        at: gallery.at,
        windows: [
          windowOf(telegramRates.all, pictures, others, countOf),
          windowOf(telegramRates.group, pictures, here, countOf),
          windowOf(telegramRates.chat, 1, here),
        ],
      };
    },
    edits: () => server.requests.filter((one) => succeeded(one) && one.method.startsWith('edit')).length,
    floods: () => server.floods.length,
    violations: () => server.violations,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}
