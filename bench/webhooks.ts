import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDiscordServer } from '#tests/servers/discord.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import { startTelegramServer } from '#tests/servers/telegram.ts';
import { summarize } from './figures.ts';
import { slackHeaders } from './slack-headers.ts';

/** Platforms give up on what takes longer. */
const missedAfterMs = 3_000;
const webhookSecret = 'bench-secret';
/** Discord and Slack: people share rooms, this many in each. */
const peopleOfRoom = 20;
const roomsOfGuild = 12;
/**
 * Of 27 commands. Telegram lets a bot answer some 30 times a second in all (core.telegram.org/bots/faq), so that more than
 * this would measure how answers wait for it.
 */
const shares = { discord: 13, slack: 12, telegram: 2 };
const sharesInAll = shares.discord + shares.slack + shares.telegram;

/** `send` sends one command of whoever's turn it is; it resolves when it is acknowledged. */
export interface Way {
  platform: keyof typeof shares;
  send(line: string): Promise<void>;
}

export interface Timed {
  platform: Way['platform'];
  line: string;
  ms: number;
  failed: boolean;
}

/**
 * Local servers of the three platforms that limit nothing, with `people` on them: in Discord guilds of 240, in one Slack
 * workspace, and in a private chat each on Telegram.
 */
export async function startPlatforms(people: number) {
  await using stack = new AsyncDisposableStack();
  const scale = { rateScale: 10_000 };
  const unlimited = { limit: Number.POSITIVE_INFINITY, windowMs: 1000 };
  const discord = stack.use(
    await startDiscordServer({
      rates: {
        ...{ global: unlimited, createMessage: unlimited, editMessage: unlimited, webhook: unlimited },
        ...{ openDm: unlimited, createThread: unlimited, readMessages: unlimited, other: unlimited },
      },
    }),
  );
  const slack = stack.use(await startSlackServer(scale));
  const telegram = stack.use(await startTelegramServer(scale));
  const team = slack.addTeam('bench');
  const inAll = (share: number) => Math.ceil((people * share) / sharesInAll);
  const list = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const roomsFor = (count: number) => Math.ceil(count / peopleOfRoom);
  const guilds = list(Math.ceil(roomsFor(inAll(shares.discord)) / roomsOfGuild), (index) =>
    discord.addGuild({ name: `bench-${index}` }),
  );
  const guildRooms = list(roomsFor(inAll(shares.discord)), (index) => {
    const guild = pick(guilds, index);
    return { guild, channel: guild.addChannel({ name: `room-${index}` }) };
  });
  const teamRooms = list(roomsFor(inAll(shares.slack)), (index) => team.addChannel(`room-${index}`));
  const members = list(inAll(shares.discord), (index) => {
    const { guild, channel } = pick(guildRooms, index);
    return { channel, member: guild.addMember({ name: `person-${index}` }) };
  });
  const users = list(inAll(shares.slack), (index) => ({
    channel: pick(teamRooms, index),
    user: team.addUser(`person-${index}`),
  }));
  const chatters = list(inAll(shares.telegram), (index) => telegram.addPerson(`person-${index}`, { started: true }));
  const [nextMember, nextUser, nextChatter] = [inTurn(members), inTurn(users), inTurn(chatters)];

  const overDiscord: Way = {
    platform: 'discord',
    async send(line) {
      const [, command = '', words] = /^\/(\w+) ?(.*)$/.exec(line) ?? [];
      const { member, channel } = nextMember();
      await member.slash(channel, command, words ? { prompt: words } : {});
    },
  };
  const overSlack = (target: string): Way => ({
    platform: 'slack',
    async send(line) {
      const { user, channel } = nextUser();
      const [, command = '', text = ''] = /^(\/\w+) ?(.*)$/.exec(line) ?? [];
      const body = new URLSearchParams({
        ...{ team_id: team.id, team_domain: 'bench', channel_id: channel.id, channel_name: channel.name },
        ...{ user_id: user.id, user_name: user.name, api_app_id: slack.appId, is_enterprise_install: 'false' },
        // Slack keeps /status for itself.
        ...(command === '/status' ? { command: '/easel', text: 'status' } : { command, text }),
        ...{ response_url: `${slack.url}unused`, trigger_id: randomUUID() },
      }).toString();
      await post(target, body, slackHeaders(body, slack.signingSecret));
    },
  });
  let updateId = 1_000_000;
  const overTelegram = (target: string): Way => ({
    platform: 'telegram',
    async send(line) {
      const { id, name } = nextChatter();
      updateId += 1;
      const update = {
        update_id: updateId,
        message: {
          message_id: updateId,
          date: Math.floor(Date.now() / 1000),
          chat: { id, type: 'private', first_name: name },
          from: { id, is_bot: false, first_name: name, language_code: 'en' },
          text: line,
          entities: [{ type: 'bot_command', offset: 0, length: line.split(' ')[0]?.length }],
        },
      };
      await post(target, JSON.stringify(update), {
        'content-type': 'application/json',
        'x-telegram-bot-api-secret-token': webhookSecret,
      });
    },
  });

  const running = stack.move();
  return {
    overSlack,
    overTelegram,
    slackSigningSecret: slack.signingSecret,
    /** What Easel is started with, to be reached at this address. */
    envFor: (url: string): Record<string, string> => ({
      PORT: new URL(url).port,
      LOG_LEVEL: 'warn',
      DISCORD_TOKEN: discord.token,
      DISCORD_PUBLIC_KEY: discord.publicKey,
      DISCORD_API_URL: discord.url,
      SLACK_BOT_TOKEN: team.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_WEBHOOK_SECRET: webhookSecret,
      TELEGRAM_API_URL: telegram.url,
      PUBLIC_URL: url,
      PLAYGROUND: 'off',
    }),
    /** The ways to an Easel that is ready at this address, once its commands are known: each as often as its share. */
    async waysTo(url: string): Promise<Way[]> {
      discord.deliverTo(`${url}/discord/interactions`);
      await discord.registered('imagine');
      const [slackWay, telegramWay] = [overSlack(`${url}/slack/events`), overTelegram(`${url}/telegram/webhook`)];
      return spread([
        [overDiscord, shares.discord],
        [slackWay, shares.slack],
        [telegramWay, shares.telegram],
      ]);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Each as often as its share, evenly. */
function spread<T>(shares: readonly (readonly [T, number])[]): T[] {
  const places = shares.flatMap(([one, share]) =>
    Array.from({ length: share }, (_, index) => ({ one, at: (index + 0.5) / share })),
  );
  return places.toSorted((left, right) => left.at - right.at).map(({ one }) => one);
}

/** Sends `lines` in turn at a steady rate, whatever the answers take, by each way in turn. */
export async function drive(
  ways: readonly Way[],
  lines: readonly string[],
  { seconds, perSecond }: { seconds: number; perSecond: number },
): Promise<Timed[]> {
  const running: Promise<Timed>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < seconds * perSecond; index += 1) {
    const dueMs = startedAt + (index * 1000) / perSecond - performance.now();
    if (dueMs > 1) await sleep(dueMs);
    running.push(time(pick(ways, index), pick(lines, index)));
  }
  return Promise.all(running);
}

async function time({ platform, send }: Way, line: string): Promise<Timed> {
  const startedAt = performance.now();
  const failed = await send(line).then(
    () => false,
    () => true,
  );
  return { platform, line, ms: performance.now() - startedAt, failed };
}

const isMissed = ({ failed, ms }: Timed) => failed || ms > missedAfterMs;

/** How many each platform would not have waited for; Telegram says no limit, and holds back what comes after in that chat. */
export function missedOf(timed: readonly Timed[]): Record<Way['platform'], number> {
  const count = (platform: Way['platform']) => timed.filter((one) => one.platform === platform && isMissed(one)).length;
  return { discord: count('discord'), slack: count('slack'), telegram: count('telegram') };
}

/** How many there were, how many failed or came too late for the platform, and how long they took. */
export const figuresOf = (timed: readonly Timed[]) => ({
  count: timed.length,
  missed: timed.filter(isMissed).length,
  ...summarize(timed.map(({ ms }) => ms)),
});

/** The 99th percentile of each command by itself. */
export function p99Of(timed: readonly Timed[]): Record<string, number> {
  const commandOf = ({ line }: Timed) => line.split(' ')[0] ?? '';
  const commands = [...new Set(timed.map(commandOf))];
  const times = (command: string) => timed.filter((one) => commandOf(one) === command).map(({ ms }) => ms);
  return Object.fromEntries(commands.map((command) => [command, summarize(times(command)).p99Ms]));
}

/** One after the other, and the first again after the last. */
function inTurn<T>(from: readonly T[]): () => T {
  let turn = -1;
  return () => {
    turn += 1;
    return pick(from, turn);
  };
}

function pick<T>(from: readonly T[], index: number): T {
  const found = from[index % from.length];
  if (found === undefined) throw new Error('nobody');
  return found;
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { method: 'POST', body, headers });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}
