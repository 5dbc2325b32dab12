import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Slot } from '#tests/chaos/processes.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';

/** A request of one of our processes to a service. */
export interface RelayedCall {
  /** The service's own record has it in its headers. */
  id: string;
  slot: Slot;
  /** Milliseconds since the epoch. */
  at: number;
  endedAt?: number;
  /** `whole`: the answer was handed over to the end; `left`: the process went away first; `cut`: the service did. */
  end?: 'whole' | 'left' | 'cut';
}

/** Where a call's id is, in the requests that services record. */
export const callHeader = 'x-chaos-call';

/** Longer than clients keep an idle connection, so that none is closed under a request. */
const keepAliveMs = 120_000;

/** Stands between processes and services, so that each request is known to be a certain process's, and how it ended. */
export function createRelays() {
  const calls = new Map<string, RelayedCall>();
  const servers: ReturnType<typeof createServer>[] = [];

  function relay(slot: Slot, target: string, incoming: IncomingMessage, response: ServerResponse): void {
    const call: RelayedCall = { id: `call-${calls.size}`, slot, at: Date.now() };
    calls.set(call.id, call);
    const end = (how: NonNullable<RelayedCall['end']>) => {
      call.endedAt ??= Date.now();
      call.end ??= how;
    };
    const cut = () => {
      end('cut');
      response.destroy();
    };
    const headers = { ...incoming.headers, [callHeader]: call.id };
    const onward = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers, agent: false });
    onward.on('error', cut);
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.on('close', () => {
        if (!answer.complete) cut();
      });
      answer.pipe(response);
    });
    response.on('finish', () => end('whole'));
    response.on('close', () => {
      if (!response.writableFinished) end('left');
      onward.destroy();
    });
    incoming.on('error', () => onward.destroy());
    incoming.pipe(onward);
  }

  return {
    calls: calls as ReadonlyMap<string, RelayedCall>,
    /** The origin that leads this process to a service. */
    async open(slot: Slot, target: string): Promise<string> {
      const server = createServer((incoming, response) => relay(slot, target, incoming, response));
      server.keepAliveTimeout = keepAliveMs;
      servers.push(server);
      return listen(server);
    },
    async close(): Promise<void> {
      await Promise.all(servers.map(closeServer));
    },
  };
}
