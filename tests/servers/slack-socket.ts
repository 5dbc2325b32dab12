import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Json, World } from '#tests/servers/slack-world.ts';

/** docs.slack.dev/apis/events-api/using-socket-mode */
const connectionsMax = 10;
/** The SDK gives a connection up after 30 s without a ping. */
const pingEveryMs = 10_000;

interface Connection {
  socket: WebSocket;
  /** Asked to leave: gets nothing new while another one is there. */
  leaving: boolean;
  waiting: Map<string, (answer: SocketAnswer) => void>;
}

/** `closed`: the connection went away before it answered. */
export type SocketAnswer = { payload: unknown } | 'closed' | 'timeout' | 'unconnected';

/** The app's Socket Mode connections. `origin` is where this server listens, such as `ws://127.0.0.1:4020`. */
export function createSockets(world: World, origin: () => string) {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const connections: Connection[] = [];
  let turn = 0;
  let everConnected = false;

  function welcome(socket: WebSocket): void {
    if (connections.length >= connectionsMax) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets', debug_info: { host: 'local' } }));
      socket.close();
      return;
    }
    const connection: Connection = { socket, leaving: false, waiting: new Map() };
    connections.push(connection);
    everConnected = true;
    const pings = setInterval(() => socket.ping(), pingEveryMs);
    socket.on('message', (data) => acknowledge(connection, String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(pings);
      connections.splice(connections.indexOf(connection), 1);
      for (const answer of connection.waiting.values()) answer('closed');
    });
    const hello = { type: 'hello', num_connections: connections.length, connection_info: { app_id: world.appId } };
    socket.send(JSON.stringify({ ...hello, debug_info: { host: 'local', approximate_connection_time: 3600 } }));
  }

  function acknowledge(connection: Connection, text: string): void {
    const frame = readFrame(text);
    const answer = connection.waiting.get(frame?.envelope_id ?? '');
    if (!frame || !answer) {
      world.violations.push(`Socket Mode: a frame that acknowledges nothing: ${text.slice(0, 200)}`);
      return;
    }
    connection.waiting.delete(frame.envelope_id);
    answer({ payload: frame.payload });
  }

  return {
    /** A new address; good for one connection. */
    open(): string {
      const ticket = world.newId('K');
      tickets.add(ticket);
      return `${origin()}/link/?ticket=${ticket}&app_id=${world.appId}`;
    },
    upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
      const ticket = new URL(request.url ?? '', 'ws://local').searchParams.get('ticket') ?? '';
      if (!tickets.delete(ticket)) return void stream.end('HTTP/1.1 408 Request Timeout\r\n\r\n');
      server.handleUpgrade(request, stream, head, welcome);
    },
    /** Sends an envelope to one connection, each in its turn, and waits for the acknowledgement. */
    async send(envelope: Json & { envelope_id: string }, timeoutMs: number): Promise<SocketAnswer> {
      const staying = connections.filter(({ leaving }) => !leaving);
      const choice = staying.length > 0 ? staying : connections;
      const connection = choice[turn++ % choice.length];
      if (!connection) return 'unconnected';
      const { promise, resolve } = Promise.withResolvers<SocketAnswer>();
      const timer = setTimeout(() => resolve('timeout'), timeoutMs);
      connection.waiting.set(envelope.envelope_id, resolve);
      connection.socket.send(JSON.stringify(envelope));
      const answer = await promise;
      clearTimeout(timer);
      return answer;
    },
    get everConnected(): boolean {
      return everConnected;
    },
    get connections(): number {
      return connections.length;
    },
    refresh(reason: 'refresh_requested' | 'warning' = 'refresh_requested'): void {
      const oldest = connections[0];
      if (!oldest) return;
      oldest.leaving = reason === 'refresh_requested';
      oldest.socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'local' } }));
      if (reason === 'refresh_requested') world.later(1000, () => oldest.socket.close());
    },
    cut(): void {
      for (const { socket } of [...connections]) socket.terminate();
    },
  };
}

export type Sockets = ReturnType<typeof createSockets>;

function readFrame(text: string): { envelope_id: string; payload?: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
