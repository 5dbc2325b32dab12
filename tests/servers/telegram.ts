import { parseArgs } from 'node:util';
import { createFaultPlan } from '#tests/servers/faults.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';
import type { BurstRate } from '#tests/servers/rates.ts';
import type { Api } from '#tests/servers/telegram-access.ts';
import { commandMenu } from '#tests/servers/telegram-commands.ts';
import type { Fault } from '#tests/servers/telegram-faults.ts';
import { type ChatOptions, chatHandle, createChat, type TelegramChat } from '#tests/servers/telegram-groups.ts';
import { callFromReply, createFront, type Front } from '#tests/servers/telegram-http.ts';
import { type ApiLimits, documentedLimits } from '#tests/servers/telegram-limits.ts';
import { createPerson, type PersonOptions, type TelegramPerson } from '#tests/servers/telegram-people.ts';
import { createRateLimiter, documentedRates, type RateName } from '#tests/servers/telegram-rates.ts';
import type { RecordedRequest } from '#tests/servers/telegram-requests.ts';
import { createUpdates, type Delivery } from '#tests/servers/telegram-updates.ts';
import { type SeenMessage, seenBy } from '#tests/servers/telegram-view.ts';
import { changed, createWorld, type User } from '#tests/servers/telegram-world.ts';
import { openPrivate } from '#tests/servers/telegram-writing.ts';
import { waitForChange } from '#tests/servers/wait-for-change.ts';

export interface TelegramServerOptions {
  port?: number;
  /** TELEGRAM_BOT_TOKEN; a made-up one when unset. */
  token?: string;
  /** The bot's @name; `easel_test_bot` when unset. */
  username?: string;
  /** False: the bot gets every message of its groups. */
  privacyMode?: boolean;
  /** Windows of all limits, and so the waits, this many times shorter; 1 when unset. `retry_after` keeps whole seconds. */
  rateScale?: number;
  /** Instead of single documented limits; `{ limit: Infinity }` switches one off. */
  rates?: Partial<Record<RateName, BurstRate>>;
  /** Instead of single documented limits. */
  limits?: Partial<ApiLimits>;
  /** Until a webhook that did not take an update gets it again, doubled each time; 1,000 when unset. */
  retryDelayMs?: number;
  /** How long a webhook has to answer; 60,000 when unset. */
  webhookTimeoutMs?: number;
  /** Milliseconds since the epoch; a clock that stands still makes flood limits exact. `advance` adds to it. */
  now?: () => number;
}

export interface TelegramServer extends AsyncDisposable {
  /** What goes into TELEGRAM_API_URL, and TELEGRAM_BOT_TOKEN. */
  url: string;
  token: string;
  bot: { id: number; username: string };
  /** Each request the bot made, oldest first: methods (polls included), downloads, calls in answers to webhooks. */
  requests: readonly RecordedRequest[];
  /** Breaches of the published spec (WIRE_SPECS) and of documented limits that are let pass, as sentences. */
  violations: readonly string[];
  /** Requests answered with 429 because the bot was too fast, not those injected. */
  floods: readonly RecordedRequest[];
  /** Every hand-over of an update, each attempt on its own, oldest first. */
  deliveries: readonly Delivery[];
  /** Updates the bot has not taken yet. */
  readonly pending: number;
  fail(fault: Fault): void;
  addPerson(name: string, options?: PersonOptions): TelegramPerson;
  /** A chat the bot is in, unless `bot` says otherwise. */
  addChat(options: ChatOptions): TelegramChat;
  /** What the person sees in a chat now, oldest first, topics included; nothing when they are not in it. */
  seen(chatId: number | string, personId: number | string): SeenMessage[];
  /** Resolves with what `find` returns once that is truthy; rejects after `timeoutMs` (20,000) with what was seen. */
  until<T>(
    chatId: number | string,
    personId: number | string,
    find: (messages: SeenMessage[]) => T | undefined | null | false,
    timeoutMs?: number,
  ): Promise<T>;
  /** Resolves once the bot has taken every update: confirmed by a poll, or answered with 2xx. */
  taken(timeoutMs?: number): Promise<void>;
  /** The commands Telegram offers the person in this chat. */
  commandMenu(chatId: number | string, personId: number | string): { command: string; description: string }[];
  /** Moves the server's clock (limits, old buttons, webhook retries). */
  advance(ms: number): void;
  /** Sets the webhook without `setWebhook`; undefined goes back to polling. */
  deliverTo(url: string | undefined, secretToken?: string): void;
  /** Hands an update over again with the same `update_id`; the last one when unset. Resolves once it is on its way: a webhook has answered, or a poll will find it. */
  redeliver(delivery?: Delivery): Promise<Delivery>;
}

/** Starts a Bot API for one bot on loopback: long polling and webhooks, its limits, faults on demand, people who chat. */
export async function startTelegramServer(options: TelegramServerOptions = {}): Promise<TelegramServer> {
  let aheadMs = 0;
  const clock = options.now ?? Date.now;
  const now = () => clock() + aheadMs;
  const botId = 7_100_000_001;
  const token = options.token ?? `${botId}:AAtesttesttesttesttesttesttesttest`;
  const username = options.username ?? 'easel_test_bot';
  const bot = userWith({ id: Number(token.split(':')[0]) || botId, isBot: true, firstName: 'Easel', username });
  const world = createWorld(bot, now);
  const rates = { ...documentedRates, ...options.rates };
  const violations: string[] = [];
  const updates = createUpdates({
    now,
    retryDelayMs: options.retryDelayMs ?? 1000,
    webhookTimeoutMs: options.webhookTimeoutMs ?? 60_000,
    reply: (method, params) => callFromReply(front, method, params),
    changed: () => changed(world),
  });
  const api: Api = {
    world,
    updates,
    limits: { ...documentedLimits, ...options.limits },
    presses: new Map(),
    commands: new Map(),
    take: createRateLimiter(rates, options.rateScale ?? 1, now),
    violate: (sentence) => void violations.push(sentence),
    privacyMode: options.privacyMode ?? true,
  };
  const faults = createFaultPlan<RecordedRequest, Fault>();
  const front: Front = { api, token, requests: [], floods: [], takeFault: faults.take };
  const server = createFront(front);
  const url = await listen(server, options.port);
  let nextPersonId = 510_000_001;

  return {
    url,
    token,
    bot: { id: bot.id, username },
    requests: front.requests,
    violations,
    floods: front.floods,
    deliveries: updates.deliveries,
    get pending() {
      return updates.pending;
    },
    fail: faults.add,
    addPerson(name, { started = false, isBot = false, ...facts } = {}) {
      const user = userWith({ id: nextPersonId, isBot, firstName: name, started, ...facts });
      nextPersonId += 1;
      world.users.set(user.id, user);
      if (started) openPrivate(api, user);
      return createPerson(api, user);
    },
    addChat: (chatOptions) => chatHandle(api, createChat(api, chatOptions)),
    seen: (chatId, personId) => seenBy(world, Number(chatId), Number(personId)),
    async until(chatId, personId, find, timeoutMs) {
      const look = () => seenBy(world, Number(chatId), Number(personId));
      return await waitForChange(world.changes, () => find(look()) || undefined, look, timeoutMs);
    },
    async taken(timeoutMs) {
      const isEmpty = () => updates.pending === 0 || undefined;
      await waitForChange(world.changes, isEmpty, () => `${updates.pending} updates`, timeoutMs);
    },
    commandMenu(chatId, personId) {
      const [chat, user] = [world.chats.get(Number(chatId)), world.users.get(Number(personId))];
      return chat && user ? commandMenu(api, chat, user) : [];
    },
    advance(ms) {
      aheadMs += ms;
      updates.pump();
    },
    deliverTo(url, secretToken) {
      updates.setWebhook(
        url === undefined ? undefined : { url, maxConnections: 40, ...(secretToken && { secretToken }) },
      );
    },
    redeliver: updates.redeliver,
    async [Symbol.asyncDispose]() {
      updates.close();
      await closeServer(server);
    },
  };
}

function userWith(facts: Pick<User, 'id' | 'isBot' | 'firstName'> & Partial<User>): User {
  return { started: false, blocked: false, deactivated: false, ...facts };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string' }, token: { type: 'string' } } });
  const port = Number(values.port ?? 4020);
  const server = await startTelegramServer({ port, ...(values.token !== undefined && { token: values.token }) });
  console.log(`TELEGRAM_API_URL=${server.url} TELEGRAM_BOT_TOKEN=${server.token}`);
}
