import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createCourier } from '#tests/servers/discord-answers.ts';
import { createApi } from '#tests/servers/discord-api.ts';
import { createCdn } from '#tests/servers/discord-cdn.ts';
import type { Command } from '#tests/servers/discord-commands.ts';
import type { Context } from '#tests/servers/discord-context.ts';
import { createDeliverer, type Delivery, type Signing } from '#tests/servers/discord-delivery.ts';
import type { Fault } from '#tests/servers/discord-faults.ts';
import { type Gateway, serveGateway } from '#tests/servers/discord-gateway.ts';
import {
  addGuild,
  addPerson,
  type ChannelHandle,
  type GuildHandle,
  type GuildOptions,
  guildCreate,
  handleOf,
  type PersonOptions,
} from '#tests/servers/discord-guilds.ts';
import type { Interaction } from '#tests/servers/discord-interactions.ts';
import { createPayloads } from '#tests/servers/discord-payloads.ts';
import type { Person, Place } from '#tests/servers/discord-people.ts';
import { documentedRates, type Rates } from '#tests/servers/discord-rates.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';
import { type SeenMessage, seenBy } from '#tests/servers/discord-view.ts';
import { createWorld } from '#tests/servers/discord-world.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';
import { waitForChange } from '#tests/servers/wait-for-change.ts';

export interface DiscordServerOptions {
  /** Where attachments are said to be; the server's own address unless given. */
  filesOrigin?: () => string | undefined;
  port?: number;
  token?: string;
  /** Replaces single limits; `Infinity` switches one off. */
  rates?: Partial<Rates>;
  /** Largest file in bytes; 10 MiB when unset. */
  fileBytesMax?: number;
  /** Largest request in bytes; 25 MiB when unset. */
  requestBytesMax?: number;
  /** How soon an interaction must be answered; 3,000 when unset. */
  answerWithinMs?: number;
  /** How long a nonce is remembered ("the past few minutes"); 5 minutes when unset. */
  nonceMs?: number;
  /** Privileged gateway intents that the app is granted, as bits; none when unset. */
  approvedIntents?: number;
  heartbeatMs?: number;
}

/** A Discord on loopback: REST, gateway, signed deliveries, CDN, and the people who use it. */
export interface DiscordServer extends AsyncDisposable {
  /** What goes into `DISCORD_API_URL`. */
  url: string;
  /** What goes into `DISCORD_TOKEN`. */
  token: string;
  /** What goes into `DISCORD_PUBLIC_KEY`. */
  publicKey: string;
  applicationId: string;
  /** Each request the app made, oldest first. */
  requests: readonly RecordedRequest[];
  /** Breaches of the published document (`WIRE_SPECS`) and of documented limits, as sentences. */
  violations: readonly string[];
  /** Requests that got 429 because the app was too fast; injected ones are not among them. */
  floods: readonly RecordedRequest[];
  /** 401, 403 and 429 so far: 10,000 in ten minutes get an app banned. */
  readonly invalidRequests: number;
  /** The registered global commands. */
  readonly commands: readonly Command[];
  /** What POSTs to the app's endpoint got, oldest first. */
  deliveries: readonly Delivery[];
  gateway: Pick<Gateway, 'sessions' | 'closed' | 'disconnect' | 'askToReconnect' | 'invalidateSessions'>;
  /** The next requests that fit are met by a fault. */
  fail(fault: Fault): void;
  addGuild(options?: GuildOptions): GuildHandle;
  /** Someone in no guild. */
  addPerson(options?: PersonOptions): Person;
  /** A handle on a channel or thread that the app made. */
  channel(place: Place): ChannelHandle;
  /** What the person sees in a channel now, oldest first. */
  seen(place: Place, person: Person): SeenMessage[];
  /** Resolves to what is seen once it is as wanted. @throws with what was seen, after 20 s when unset. */
  until(
    place: Place,
    person: Person,
    isWanted: (messages: SeenMessage[]) => boolean,
    options?: { withinMs?: number },
  ): Promise<SeenMessage[]>;
  /** Resolves to the first so many requests that fit and were answered. */
  answered(match: (request: RecordedRequest) => boolean, count?: number): Promise<RecordedRequest[]>;
  /** Resolves once an app is connected to the gateway. */
  connected(count?: number): Promise<void>;
  /** Resolves once the app has registered a command of this name. */
  registered(name: string): Promise<void>;
  /** Moves the clock: interactions, links, nonces and rate limits grow older by so much. */
  advance(ms: number): void;
  now(): number;
  /** Interactions are posted to this address from now on; undefined goes back to the gateway. */
  deliverTo(endpoint: string | undefined): void;
  /** Brings the last interaction or message again. Resolves to what a POST got. */
  redeliver(): Promise<Delivery | undefined>;
  /** Posts a ping, or the last interaction again, signed in a way; all but `right` must get 401. */
  probe(signing: Signing, options?: { timestampMs?: number; last?: boolean }): Promise<Delivery>;
  close(): Promise<void>;
}

export async function startDiscordServer(options: DiscordServerOptions = {}): Promise<DiscordServer> {
  const { token = 'discord-token', fileBytesMax = 10 * 2 ** 20, requestBytesMax = 25 * 2 ** 20 } = options;
  const world = createWorld();
  const deliverer = createDeliverer(world.now);
  const cdn = createCdn(world, () => options.filesOrigin?.() ?? origin);
  const payloads = createPayloads(world, cdn, deliverer.publicKey);
  const base: Context = {
    world,
    cdn,
    payloads,
    fileBytesMax,
    answerWithinMs: options.answerWithinMs ?? 3000,
    nonceMs: options.nonceMs ?? 5 * 60_000,
    dispatch: (...event) => gateway.dispatch(...event),
  };
  const commands: { list: Command[] } = { list: [] };
  const interactions = new Map<string, Interaction>();
  let sessionsLeft = 1000;
  const gatewayBot = () => ({
    url: gatewayUrl(),
    shards: 1,
    session_start_limit: { total: 1000, remaining: sessionsLeft, reset_after: 86_400_000, max_concurrency: 1 },
  });
  const routing = { ...base, commands, interactions, gatewayBot };
  const api = createApi(routing, { token, requestBytesMax, rates: { ...documentedRates, ...options.rates } });
  const courier = createCourier(routing, deliverer);
  const handles = { ...routing, courier };

  const server = createServer((incoming, response) => {
    // A client that left is no fault of ours; anything else that fails here shows as a cut connection.
    serve(incoming, response).catch((error: unknown) => {
      if (!incoming.destroyed || incoming.complete) world.violations.push(`the server failed: ${error}`);
      response.destroy();
    });
  });
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', origin);
    if (/^\/(ephemeral-)?attachments\//.test(url.pathname)) {
      const attachment = cdn.find(url);
      if (attachment) return void response.writeHead(200, { 'content-type': attachment.type }).end(attachment.bytes);
      return void response.writeHead(404).end('This content is no longer available.');
    }
    await api.handle(incoming, response);
  }
  const gatewayUrl = () => `${origin.replace('http', 'ws')}/gateway`;
  const gateway = serveGateway(server, {
    token,
    heartbeatMs: options.heartbeatMs ?? 41_250,
    approvedIntents: options.approvedIntents ?? 0,
    url: gatewayUrl,
    now: world.now,
    ready() {
      sessionsLeft -= 1;
      const guilds = [...world.guilds.values()].filter(({ hasBot }) => hasBot);
      const bot = world.users.get(world.botId);
      const user = { ...(bot && payloads.user(bot)), verified: true, mfa_enabled: true, email: null, flags: 0 };
      const application = { id: world.applicationId, flags: 0 };
      return {
        data: { user, application, guilds: guilds.map(({ id }) => ({ id, unavailable: true })), private_channels: [] },
        events: guilds.map((guild) => ({ event: 'GUILD_CREATE', needed: 1, data: guildCreate(routing, guild) })),
      };
    },
  });
  for (const event of ['ready', 'resumed']) gateway.events.on(event, () => world.changes.emit('change'));
  const origin = await listen(server, options.port);

  const wait = <T>(read: () => T | undefined, what: () => unknown, withinMs?: number) =>
    waitForChange(world.changes, read, what, withinMs);
  const seenAt = (place: Place, person: Person) =>
    seenBy(base, typeof place === 'string' ? place : place.id, person.id);
  const close = async () => {
    gateway.close();
    await closeServer(server);
  };
  return {
    url: `${origin}/api`,
    token,
    publicKey: deliverer.publicKey,
    applicationId: world.applicationId,
    requests: api.requests,
    violations: world.violations,
    floods: api.floods,
    get invalidRequests() {
      return api.invalidCount();
    },
    get commands() {
      return commands.list;
    },
    deliveries: courier.deliveries,
    gateway,
    fail: api.fail,
    addGuild: (settings) => addGuild(handles, settings),
    addPerson: (settings) => addPerson(handles, settings),
    channel(place) {
      const channel = world.channels.get(typeof place === 'string' ? place : place.id);
      if (!channel) throw new Error('there is no such channel');
      return handleOf(routing, channel);
    },
    seen: seenAt,
    async until(place, person, isWanted, { withinMs } = {}) {
      const read = () => {
        const messages = seenAt(place, person);
        return isWanted(messages) ? messages : undefined;
      };
      return await wait(read, () => seenAt(place, person), withinMs);
    },
    async answered(match, count = 1) {
      const fitting = () => api.requests.filter((request) => request.status !== 0 && match(request)).slice(0, count);
      return await wait(() => (fitting().length === count ? fitting() : undefined), fitting);
    },
    async connected(count = 1) {
      const open = () => gateway.sessions.filter(({ socket }) => socket).length;
      await wait(() => (open() >= count ? true : undefined), open);
    },
    async registered(name) {
      const names = () => commands.list.map((command) => command.name);
      await wait(() => (names().includes(name) ? true : undefined), names);
    },
    advance: world.advance,
    now: world.now,
    deliverTo(endpoint) {
      courier.endpoint = endpoint;
    },
    redeliver: courier.redeliver,
    probe: courier.probe,
    close,
    [Symbol.asyncDispose]: close,
  };
}
