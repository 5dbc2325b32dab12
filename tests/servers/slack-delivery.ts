import { signatureHeaders } from '#tests/servers/slack-signing.ts';
import type { Sockets } from '#tests/servers/slack-socket.ts';
import type { Json, Workspace, World } from '#tests/servers/slack-world.ts';

/** One attempt to tell the app something. */
export interface Delivery {
  kind: 'events_api' | 'interactive' | 'slash_commands';
  /** Event type, payload type or command. */
  type: string;
  payload: Json;
  eventId?: string;
  via: 'http' | 'socket';
  /** 0 at first. */
  retry: number;
  retryReason?: string;
  /** 0 until acknowledged; 200 for an acknowledgement over the socket. */
  status: number;
  /** Of the acknowledgement; parsed when it was JSON. */
  body?: unknown;
  at: number;
  /** From sending to acknowledgement, in real milliseconds. */
  tookMs?: number;
  error?: 'operation_timeout' | 'dispatch_failed';
}

export interface RepeatOptions {
  /** A new `event_id`, as when Slack sends one message as several events; the same when unset. */
  newEventId?: boolean;
  /** With the headers of a retry. */
  retry?: { num: number; reason: string };
}

export interface DeliveryOptions {
  eventsUrl: string | undefined;
  ackTimeoutMs: number;
  retryDelaysMs: readonly number[];
}

/** The way to the app: HTTP when there is an address, else Socket Mode. Never both, as at Slack. */
export function createCourier(world: World, sockets: Sockets, options: DeliveryOptions) {
  const deliveries: Delivery[] = [];

  async function attempt(
    kind: Delivery['kind'],
    payload: Json,
    retry?: { num: number; reason: string },
  ): Promise<Delivery & { retryable: boolean }> {
    const event = payload.event as Json | undefined;
    const delivery: Delivery = {
      kind,
      type: String(event?.type ?? payload.command ?? payload.type),
      payload,
      ...(payload.event_id === undefined ? {} : { eventId: String(payload.event_id) }),
      via: options.eventsUrl === undefined ? 'socket' : 'http',
      retry: retry?.num ?? 0,
      ...(retry ? { retryReason: retry.reason } : {}),
      status: 0,
      at: world.now(),
    };
    deliveries.push(delivery);
    const startedAt = performance.now();
    const url = options.eventsUrl;
    const retryable = await (url === undefined ? overSocket(delivery) : overHttp(delivery, url));
    delivery.tookMs = performance.now() - startedAt;
    return Object.assign(delivery, { retryable });
  }

  async function overSocket(delivery: Delivery): Promise<boolean> {
    const { kind, payload, retry, retryReason = '' } = delivery;
    const retries = kind === 'events_api' ? { retry_attempt: retry, retry_reason: retryReason } : {};
    const takesPayload = kind === 'slash_commands' || payload.type === 'view_submission';
    const answer = await sockets.send(
      { envelope_id: crypto.randomUUID(), type: kind, payload, accepts_response_payload: takesPayload, ...retries },
      options.ackTimeoutMs,
    );
    if (typeof answer === 'string') {
      delivery.error = answer === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
      return true;
    }
    delivery.status = 200;
    if (answer.payload !== undefined) delivery.body = answer.payload;
    if (answer.payload !== undefined && !takesPayload && !isEmpty(answer.payload)) {
      world.violations.push(`An acknowledgement of ${delivery.type} must have no payload.`);
    }
    return false;
  }

  async function overHttp(delivery: Delivery, url: string): Promise<boolean> {
    const { kind, payload, retry, retryReason = '' } = delivery;
    const body =
      kind === 'events_api'
        ? JSON.stringify(payload)
        : new URLSearchParams(
            kind === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>),
          ).toString();
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(options.ackTimeoutMs),
        headers: {
          'content-type': kind === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
          ...signatureHeaders(world.signingSecret, body, world.now()),
          ...(retry > 0 ? { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': retryReason } : {}),
        },
      });
      const text = await response.text();
      delivery.status = response.status;
      if (text !== '') delivery.body = readBody(text);
      if (response.ok) return false;
      delivery.error = 'dispatch_failed';
      return response.headers.get('x-slack-no-retry') !== '1';
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      delivery.error = isLate ? 'operation_timeout' : 'dispatch_failed';
      return true;
    }
  }

  function retryLater(payload: Json, failed: Delivery, num: number): void {
    const delayMs = options.retryDelaysMs[num - 1];
    if (delayMs === undefined) return;
    world.later(delayMs, async () => {
      const again = await attempt('events_api', payload, { num, reason: reasonOf(failed) });
      if (again.error && again.retryable) retryLater(payload, again, num + 1);
    });
  }

  return {
    deliveries,
    /** The app can be reached, or could be once. */
    hasWay: (): boolean => options.eventsUrl !== undefined || sockets.everConnected,
    /** One attempt of a command or interaction; nobody tries these again. */
    send: (kind: 'interactive' | 'slash_commands', payload: Json): Promise<Delivery> => attempt(kind, payload),
    /** Resolves after the first attempt; when that fails, the others follow on their own. */
    async sendEvent(team: Workspace, event: Json): Promise<Delivery> {
      const payload = eventCallback(world, team, event);
      const first = await attempt('events_api', payload);
      if (first.error && first.retryable) retryLater(payload, first, 1);
      return first;
    },
    async repeat({ kind, payload }: Delivery, { newEventId = false, retry }: RepeatOptions = {}): Promise<Delivery> {
      return await attempt(kind, newEventId ? { ...payload, event_id: world.newId('Ev') } : payload, retry);
    },
    async verifyUrl(): Promise<boolean> {
      if (options.eventsUrl === undefined) return false;
      const challenge = crypto.randomUUID();
      const body = JSON.stringify({ token: world.verificationToken, challenge, type: 'url_verification' });
      const headers = {
        'content-type': 'application/json',
        ...signatureHeaders(world.signingSecret, body, world.now()),
      };
      const response = await fetch(options.eventsUrl, { method: 'POST', body, headers });
      const answer = readBody(await response.text());
      return response.ok && (answer === challenge || (answer as Json | undefined)?.challenge === challenge);
    },
  };
}

export type Courier = ReturnType<typeof createCourier>;

function eventCallback(world: World, team: Workspace, event: Json): Json {
  const authorization = { enterprise_id: null, team_id: team.id, user_id: team.botUserId, is_bot: true };
  return {
    token: world.verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: world.appId,
    event,
    type: 'event_callback',
    event_id: world.newId('Ev'),
    event_time: Math.floor(world.now() / 1000),
    authorizations: [{ ...authorization, is_enterprise_install: false }],
    is_ext_shared_channel: false,
    event_context: `4-${world.newId('X')}`,
  };
}

function reasonOf({ error, status }: Delivery): string {
  if (error === 'operation_timeout') return 'http_timeout';
  return status > 0 ? 'http_error' : 'connection_failed';
}

const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function readBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
