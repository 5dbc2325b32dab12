import { createServer } from 'node:http';
import { createFaultPlan } from '#tests/servers/faults.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';
import type { BurstRate } from '#tests/servers/rates.ts';
import { type ApiContext, handle } from '#tests/servers/slack-api.ts';
import {
  createCourier,
  type Delivery,
  type DeliveryOptions,
  type RepeatOptions,
} from '#tests/servers/slack-delivery.ts';
import { createEvents } from '#tests/servers/slack-events.ts';
import type { Fault } from '#tests/servers/slack-faults.ts';
import { createOAuth, type OAuth } from '#tests/servers/slack-oauth.ts';
import type { SlackTeam, TeamOptions } from '#tests/servers/slack-people.ts';
import { createRateLimiter, documentedRates, type RateName } from '#tests/servers/slack-rates.ts';
import type { RecordedRequest } from '#tests/servers/slack-requests.ts';
import { signatureHeaders } from '#tests/servers/slack-signing.ts';
import { createSockets } from '#tests/servers/slack-socket.ts';
import { createTeam } from '#tests/servers/slack-team.ts';
import { type SeenMessage, seenBy } from '#tests/servers/slack-view.ts';
import { createWorld, type Message } from '#tests/servers/slack-world.ts';
import { waitForChange } from '#tests/servers/wait-for-change.ts';

/** The part of an app manifest (docs.slack.dev/reference/app-manifest) that changes how Slack treats the app. */
export interface SlackManifest {
  features?: {
    app_home?: { messages_tab_enabled?: boolean; messages_tab_read_only_enabled?: boolean; home_tab_enabled?: boolean };
    slash_commands?: { command: string; should_escape?: boolean }[];
    shortcuts?: { callback_id: string; type: 'message' | 'global' }[];
  };
  oauth_config?: { scopes?: { bot?: string[] } };
  settings?: { event_subscriptions?: { bot_events?: string[] } };
}

export interface SlackServerOptions {
  port?: number;
  /**
   * What the app is allowed and subscribed to: its scopes, events, commands, shortcuts and App Home. Without one it has
   * every scope, event, command and shortcut, and commands arrive with `should_escape`.
   */
  manifest?: SlackManifest;
  /** The app's `/slack/events`; unset: everything goes over Socket Mode. `deliverTo` changes it. */
  eventsUrl?: string;
  signingSecret?: string;
  /** Where files are said to be; the server's own address unless given. */
  filesOrigin?: () => string | undefined;
  /** From an upload's completion until its type is known and it is shared; 20 when unset. */
  processingMs?: number;
  /** Windows of all limits, and so `Retry-After`, this many times shorter; 1 when unset. The header keeps whole seconds. */
  rateScale?: number;
  /** Instead of single documented limits; `{ limit: Infinity }` switches one off. */
  rates?: Partial<Record<RateName, BurstRate>>;
  /** Largest file people and apps may upload, in bytes; 1 GB when unset, as on paid plans. */
  fileBytesMax?: number;
  /** How long the app has to acknowledge; 3,000 when unset. */
  ackTimeoutMs?: number;
  /** When an event that was not acknowledged comes again: at once, after a minute, after five, when unset. */
  retryDelaysMs?: readonly number[];
}

export interface SlackServer extends AsyncDisposable {
  /** What goes into SLACK_API_URL; ends in `/api/`. */
  url: string;
  /** SLACK_APP_TOKEN and SLACK_SIGNING_SECRET. The bot's token is its workspace's. */
  appId: string;
  appToken: string;
  signingSecret: string;
  /** SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, and what people do on Slack's page. */
  oauth: OAuth;
  /** Each request the app made, oldest first: API calls, uploads, answers to response URLs, downloads. */
  requests: readonly RecordedRequest[];
  /** Breaches of documented limits that Slack itself lets pass, as sentences; tests assert it is empty. */
  violations: readonly string[];
  /** Requests answered with 429 because the app was too fast, not those injected. */
  floods: readonly RecordedRequest[];
  /** Everything sent to the app, each attempt on its own, oldest first. */
  deliveries: readonly Delivery[];
  fail(fault: Fault): void;
  addTeam(name?: string, options?: TeamOptions): SlackTeam;
  /** What the person sees in a channel now, oldest first, threads included; nothing when they are not allowed in. */
  seen(channelId: string, personId: string): SeenMessage[];
  /** Resolves with what `find` returns once that is truthy; rejects after `timeoutMs` (20,000) with what was seen. */
  until<T>(
    channelId: string,
    personId: string,
    find: (messages: SeenMessage[]) => T | undefined | null | false,
    timeoutMs?: number,
  ): Promise<T>;
  /** Moves the server's clock (triggers, response URLs, limits, retries, processing). */
  advance(ms: number): void;
  /** Changes the way in: an address for HTTP, undefined for Socket Mode. */
  deliverTo(eventsUrl: string | undefined): void;
  /** What Slack does when the address is entered: true when the app echoes the challenge. */
  verifyUrl(): Promise<boolean>;
  /** Signature headers for a body, right or wrong, to send to the app by hand. */
  sign(body: string, options?: { wrong?: boolean; ageMs?: number }): Record<string, string>;
  /** Sends an earlier delivery again: as a retry, or as a new event (what Slack does with up to 11 event ids). */
  repeat(delivery: Delivery, options?: RepeatOptions): Promise<Delivery>;
  socket: {
    /** Open connections of the app. */
    readonly connections: number;
    /** Asks the oldest connection to leave, as Slack does every few hours. */
    refresh(reason?: 'refresh_requested' | 'warning'): void;
    /** Cuts all connections without a word. */
    cut(): void;
  };
}

const gigabyte = 1024 ** 3;
const minuteMs = 60_000;

/** Starts a Slack on loopback for one app: Web API, uploads, response URLs, Events API over HTTP and Socket Mode. */
export async function startSlackServer(options: SlackServerOptions = {}): Promise<SlackServer> {
  const { manifest, processingMs = 20, rateScale = 1, fileBytesMax = gigabyte } = options;
  const http = createServer((incoming, response) => {
    // A client that left is no fault of ours; anything else that fails here shows as a 500 with its reason.
    handle(api, incoming, response).catch((error) => {
      if (response.headersSent) return response.destroy();
      response.writeHead(500).end(String(error?.stack ?? error));
    });
  });
  const origin = await listen(http, options.port);

  const world = createWorld({
    signingSecret: options.signingSecret ?? 'the-signing-secret-of-a-local-slack',
    origin: () => origin,
    filesOrigin: () => options.filesOrigin?.() ?? origin,
  });
  const sockets = createSockets(world, () => origin.replace('http', 'ws'));
  http.on('upgrade', sockets.upgrade);
  const way: DeliveryOptions = {
    eventsUrl: options.eventsUrl,
    ackTimeoutMs: options.ackTimeoutMs ?? 3000,
    retryDelaysMs: options.retryDelaysMs ?? [0, minuteMs, 5 * minuteMs],
  };
  const courier = createCourier(world, sockets, way);
  const events = createEvents(world, courier, manifest?.settings?.event_subscriptions?.bot_events);
  // Apps hear of their own messages too, once there is a way to them.
  for (const happening of ['posted', 'edited'] as const) {
    world.changes.on(happening, (message: Message) => {
      const [team, channel] = [world.teams.get(message.teamId), world.channels.get(message.channelId)];
      if (message.fromBot && team && channel && courier.hasWay()) void events[happening](team, channel, message);
    });
  }

  const faults = createFaultPlan<RecordedRequest, Fault>();
  const api: ApiContext = {
    world,
    processingMs,
    fileBytesMax,
    messagesTab: manifest?.features?.app_home?.messages_tab_enabled ?? true,
    requests: [],
    floods: [],
    takeFault: faults.take,
    takeRate: createRateLimiter({ ...documentedRates, ...options.rates }, rateScale, world.now),
    openSocket: sockets.open,
    oauth: createOAuth(world),
  };

  return {
    url: `${origin}/api/`,
    appId: world.appId,
    appToken: world.appToken,
    signingSecret: world.signingSecret,
    oauth: api.oauth,
    requests: api.requests,
    violations: world.violations,
    floods: api.floods,
    deliveries: courier.deliveries,
    fail: faults.add,
    addTeam: (name = 'Easel Tests', teamOptions = {}) =>
      createTeam({ world, courier, events, manifest, fileBytesMax }, name, teamOptions),
    seen: (channelId, personId) => seenBy(world, channelId, personId),
    async until(channelId, personId, find, timeoutMs) {
      const look = () => seenBy(world, channelId, personId);
      const shown = () => look().map(({ author, text, actions }) => ({ author, text, actions: actions.length }));
      return await waitForChange(world.changes, () => find(look()) || undefined, shown, timeoutMs);
    },
    advance: world.advance,
    deliverTo(eventsUrl) {
      way.eventsUrl = eventsUrl;
    },
    verifyUrl: courier.verifyUrl,
    sign: (body, signing) => signatureHeaders(world.signingSecret, body, world.now(), signing),
    repeat: courier.repeat,
    socket: sockets,
    async [Symbol.asyncDispose]() {
      world.close();
      sockets.cut();
      await closeServer(http);
    },
  };
}
