import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { privilegedIntents } from '#tests/servers/discord-context.ts';
import type { Json } from '#tests/servers/discord-world.ts';

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-opcodes */
const ops = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  presence: 3,
  voice: 4,
  resume: 6,
  reconnect: 7,
  members: 8,
  invalidSession: 9,
  hello: 10,
  ack: 11,
} as const;

/** Sent by an app in one connection, a minute. */
const sendsMax = 120;
const replayMax = 5000;

export interface GatewaySession {
  id: string;
  intents: number;
  shard: readonly [number, number];
  sequence: number;
  /** Events of this session, for a resume. */
  sent: { sequence: number; text: string }[];
  socket?: WebSocket | undefined;
  /** How often it was taken up again. */
  resumes: number;
}

export interface GatewayOptions {
  token: string;
  heartbeatMs: number;
  /** Which privileged intents the app is granted. */
  approvedIntents: number;
  url(): string;
  now(): number;
  /** What READY tells besides the session, and the events that follow it. */
  ready(): { data: Json; events: { event: string; needed: number; data: Json }[] };
}

export interface Gateway {
  sessions: readonly GatewaySession[];
  /** Close codes that were sent to apps, oldest first. */
  closed: readonly number[];
  dispatch(event: string, needed: number, data: (granted: number) => Json): void;
  /** Cuts every connection; with a code it is closed properly. Without `resumable` the sessions are forgotten. */
  disconnect(options?: { code?: number; resumable?: boolean }): void;
  /** Asks every app to connect anew and resume. */
  askToReconnect(): void;
  invalidateSessions(resumable: boolean): void;
  /** `ready` or `resumed` with a session, `closed` with a code. */
  events: EventEmitter;
  close(): void;
}

/** Serves the gateway on the upgrade requests of a server. */
export function serveGateway(server: Server, options: GatewayOptions): Gateway {
  const sockets = new WebSocketServer({ noServer: true });
  const sessions: GatewaySession[] = [];
  const closed: number[] = [];
  const events = new EventEmitter();
  events.setMaxListeners(0);

  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (!url.pathname.startsWith('/gateway')) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (connection) => serve(connection, url));
  });

  function send(connection: WebSocket, op: number, d: unknown): void {
    connection.send(JSON.stringify({ op, d, s: null, t: null }));
  }

  function closeWith(connection: WebSocket, code: number, reason: string): void {
    closed.push(code);
    events.emit('closed', code);
    connection.close(code, reason);
  }

  function dispatchTo(session: GatewaySession, event: string, data: Json): void {
    session.sequence += 1;
    const text = JSON.stringify({ op: ops.dispatch, t: event, s: session.sequence, d: data });
    session.sent.push({ sequence: session.sequence, text });
    if (session.sent.length > replayMax) session.sent.shift();
    session.socket?.send(text);
  }

  function identify(connection: WebSocket, d: Json): void {
    const granted = Number(d.intents);
    const [shard = 0, shards = 1] = (d.shard as number[] | undefined) ?? [];
    if (d.token !== options.token) return void closeWith(connection, 4004, 'Authentication failed.');
    if (!Number.isInteger(granted) || granted < 0) return void closeWith(connection, 4013, 'Invalid intent(s).');
    if (shard >= shards) return void closeWith(connection, 4010, 'Invalid shard.');
    if (granted & privilegedIntents & ~options.approvedIntents) {
      return void closeWith(connection, 4014, 'Disallowed intent(s).');
    }
    const session: GatewaySession = {
      id: randomBytes(16).toString('hex'),
      intents: granted,
      shard: [shard, shards],
      sequence: 0,
      sent: [],
      socket: connection,
      resumes: 0,
    };
    sessions.push(session);
    const ready = options.ready();
    const resume_gateway_url = options.url();
    dispatchTo(session, 'READY', {
      v: 10,
      session_id: session.id,
      resume_gateway_url,
      shard: session.shard,
      ...ready.data,
    });
    for (const { event, needed, data } of ready.events) {
      if (granted & needed) dispatchTo(session, event, data);
    }
    events.emit('ready', session);
  }

  function resume(connection: WebSocket, d: Json): void {
    if (d.token !== options.token) return void closeWith(connection, 4004, 'Authentication failed.');
    const session = sessions.find(({ id }) => id === d.session_id);
    const after = Number(d.seq);
    if (!session) return void send(connection, ops.invalidSession, false);
    if (!(after <= session.sequence)) return void closeWith(connection, 4007, 'Invalid seq.');
    session.socket?.terminate();
    session.socket = connection;
    session.resumes += 1;
    for (const { sequence, text } of session.sent) if (sequence > after) connection.send(text);
    dispatchTo(session, 'RESUMED', {});
    events.emit('resumed', session);
  }

  function serve(connection: WebSocket, url: URL): void {
    const sessionOf = () => sessions.find(({ socket }) => socket === connection);
    let window = { endsAt: 0, used: 0 };
    if (url.searchParams.get('v') !== '10') return void closeWith(connection, 4012, 'Invalid API version.');
    if (url.searchParams.get('encoding') === 'etf') return void closeWith(connection, 4002, 'Decode error.');
    send(connection, ops.hello, { heartbeat_interval: options.heartbeatMs });
    connection.on('error', () => connection.terminate());
    connection.on('close', (code) => {
      const session = sessionOf();
      if (!session) return;
      session.socket = undefined;
      // An app that says goodbye ends its session.
      if (code === 1000 || code === 1001) sessions.splice(sessions.indexOf(session), 1);
    });
    connection.on('message', (raw) => {
      const at = options.now();
      if (at >= window.endsAt) window = { endsAt: at + 60_000, used: 0 };
      window.used += 1;
      if (window.used > sendsMax) return void closeWith(connection, 4008, 'You are being rate limited.');
      const message = parse(String(raw));
      const d = (message?.d ?? {}) as Json;
      switch (message?.op) {
        case ops.heartbeat:
          return void send(connection, ops.ack, null);
        case ops.identify:
          if (sessionOf()) return void closeWith(connection, 4005, 'Already authenticated.');
          return void identify(connection, d);
        case ops.resume:
          if (sessionOf()) return void closeWith(connection, 4005, 'Already authenticated.');
          return void resume(connection, d);
        case ops.presence:
        case ops.voice:
        case ops.members:
          if (!sessionOf()) closeWith(connection, 4003, 'Not authenticated.');
          return;
        case undefined:
          return void closeWith(connection, 4002, 'Error while decoding payload.');
        default:
          return void closeWith(connection, 4001, 'Unknown opcode.');
      }
    });
  }

  const connected = () => sessions.flatMap((session) => (session.socket ? [{ session, socket: session.socket }] : []));
  return {
    sessions,
    closed,
    events,
    dispatch(event, needed, data) {
      for (const session of sessions) {
        // Who is gone for good shows as a session that never resumes; what it missed is kept within bounds.
        if (needed === 0 || (session.intents & needed) !== 0) dispatchTo(session, event, data(session.intents));
      }
    },
    disconnect({ code, resumable = true } = {}) {
      for (const { session, socket } of connected()) {
        session.socket = undefined;
        if (code === undefined) socket.terminate();
        else closeWith(socket, code, 'Closed on demand.');
      }
      if (!resumable) sessions.length = 0;
    },
    askToReconnect() {
      for (const { socket } of connected()) send(socket, ops.reconnect, null);
    },
    invalidateSessions(resumable) {
      const all = connected();
      if (!resumable) sessions.length = 0;
      for (const { session, socket } of all) {
        // The app resumes or identifies on the same connection.
        session.socket = undefined;
        send(socket, ops.invalidSession, resumable);
      }
    },
    close() {
      for (const connection of sockets.clients) connection.terminate();
      sockets.close();
    },
  };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
