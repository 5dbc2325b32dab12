import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '#tests/find-free-port.ts';
import { startDiscordServer } from '#tests/servers/discord.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import { startTelegramServer } from '#tests/servers/telegram.ts';
import { withBareApp } from './bare-app.ts';
import { withDataDir, withEasel } from './easel.ts';
import { summarize } from './figures.ts';
import { slackHeaders } from './slack-headers.ts';

const perSecond = 200;
const seconds = 30;
const warmUpSeconds = 3;
const bareSeconds = 10;
const peopleEach = 20;
/** One in ten makes a picture; the others read, or cost nothing. */
const lines = [
  '/help',
  '/quota',
  '/status',
  '/help',
  '/imagine a red fox in snow',
  '/quota',
  '/status',
  '/help',
  '/quota',
  '/status',
];
/** Platforms give up on what takes longer. */
const missedAfterMs = 3_000;
const secret = 'bench-secret';

type Send = (line: string, index: number) => Promise<void>;

/** Webhook edge: 200 commands a second over Discord, Slack and Telegram, and how soon each is acknowledged. */
export async function run(): Promise<object[]> {
  const scale = { rateScale: 10_000 };
  const unlimited = { limit: Number.POSITIVE_INFINITY, windowMs: 1000 };
  await using discord = await startDiscordServer({
    rates: {
      ...{ global: unlimited, createMessage: unlimited, editMessage: unlimited, webhook: unlimited },
      ...{ openDm: unlimited, createThread: unlimited, readMessages: unlimited, other: unlimited },
    },
  });
  await using slack = await startSlackServer(scale);
  await using telegram = await startTelegramServer(scale);
  const team = slack.addTeam('bench');
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PORT: String(port),
    LOG_LEVEL: 'warn',
    DISCORD_TOKEN: discord.token,
    DISCORD_PUBLIC_KEY: discord.publicKey,
    DISCORD_API_URL: discord.url,
    SLACK_BOT_TOKEN: team.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_WEBHOOK_SECRET: secret,
    TELEGRAM_API_URL: telegram.url,
    PUBLIC_URL: url,
    PLAYGROUND: 'off',
  };

  const guild = discord.addGuild({ name: 'bench' });
  const members = Array.from({ length: peopleEach }, (_, index) => ({
    room: guild.addChannel({ name: `room-${index}` }),
    person: guild.addMember({ name: `person-${index}` }),
  }));
  const users = Array.from({ length: peopleEach }, (_, index) => ({
    channel: team.addChannel(`room-${index}`),
    user: team.addUser(`person-${index}`),
  }));
  const chatters = Array.from({ length: peopleEach }, (_, index) =>
    telegram.addPerson(`person-${index}`, { started: true }),
  );
  const pick = <T>(from: readonly T[], index: number): T => {
    const found = from[index % from.length];
    if (found === undefined) throw new Error('nobody');
    return found;
  };
  const overDiscord: Send = async (line, index) => {
    const { room, person } = pick(members, index);
    const [, command = '', words] = /^\/(\w+) ?(.*)$/.exec(line) ?? [];
    await person.slash(room, command, words ? { prompt: words } : {});
  };
  const overSlack =
    (target: string): Send =>
    async (line, index) => {
      const { channel, user } = pick(users, index);
      const [, command = '', text = ''] = /^(\/\w+) ?(.*)$/.exec(line) ?? [];
      const body = new URLSearchParams({
        ...{ team_id: team.id, team_domain: 'bench', channel_id: channel.id, channel_name: channel.name },
        ...{ user_id: user.id, user_name: user.name, api_app_id: slack.appId, is_enterprise_install: 'false' },
        // Slack keeps /status for itself.
        ...(command === '/status' ? { command: '/easel', text: 'status' } : { command, text }),
        ...{ response_url: `${slack.url}unused`, trigger_id: randomUUID() },
      }).toString();
      await post(target, body, slackHeaders(body, slack.signingSecret));
    };
  let updateId = 1_000_000;
  const overTelegram =
    (target: string): Send =>
    async (line, index) => {
      const { id, name } = pick(chatters, index);
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
        'x-telegram-bot-api-secret-token': secret,
      });
    };

  const easel = await withDataDir((dataDir) =>
    withEasel(
      dataDir,
      async () => {
        discord.deliverTo(`${url}/discord/interactions`);
        await discord.registered('imagine');
        const sends = [overDiscord, overSlack(`${url}/slack/events`), overTelegram(`${url}/telegram/webhook`)];
        await drive(sends, warmUpSeconds, perSecond / 4);
        const timed = await drive(sends, seconds, perSecond);
        const commands = lines.map((line) => line.split(' ')[0] ?? '');
        const byCommand = [...new Set(commands)].map((command) => [
          command,
          summarize(timed.filter((one) => one.line.startsWith(command)).map(({ ms }) => ms)).p99Ms,
        ]);
        return { ...figures(timed), p99MsOf: Object.fromEntries(byCommand) };
      },
      env,
    ),
  );
  const bolt = await withBareApp('bare-bolt.ts', { SLACK_SIGNING_SECRET: slack.signingSecret }, (target) =>
    drive([overSlack(target)], bareSeconds, perSecond),
  );
  const grammy = await withBareApp('bare-grammy.ts', {}, (target) =>
    drive([overTelegram(target)], bareSeconds, perSecond),
  );
  return [
    {
      bench: 'edge',
      perSecond,
      seconds,
      ...easel,
      limit: { bareBolt: figures(bolt), bareGrammy: figures(grammy) },
    },
  ];
}

interface Timed {
  line: string;
  ms: number;
  failed: boolean;
}

/** Sends at a steady rate, whatever the answers take; by each way in turn. */
async function drive(sends: readonly Send[], forSeconds: number, rate: number): Promise<Timed[]> {
  const running: Promise<Timed>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < forSeconds * rate; index += 1) {
    const dueMs = startedAt + (index * 1000) / rate - performance.now();
    if (dueMs > 1) await sleep(dueMs);
    const line = lines[Math.floor(index / sends.length) % lines.length] ?? '';
    const send = sends[index % sends.length];
    if (send) running.push(time(send, line, index));
  }
  return Promise.all(running);
}

async function time(send: Send, line: string, index: number): Promise<Timed> {
  const startedAt = performance.now();
  const failed = await send(line, index).then(
    () => false,
    () => true,
  );
  return { line, ms: performance.now() - startedAt, failed };
}

const figures = (timed: readonly Timed[]) => ({
  count: timed.length,
  missed: timed.filter(({ failed, ms }) => failed || ms > missedAfterMs).length,
  ...summarize(timed.map(({ ms }) => ms)),
});

async function post(url: string, body: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { method: 'POST', body, headers });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}
