import { connect } from 'node:net';

/** A prepared request: the bytes as they go over the connection. */
export function prepareRequest(url: string, headers: Record<string, string>, body: string): Buffer {
  const { host, pathname } = new URL(url);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Sends prepared requests over `connections` that stay open, the next as soon as one is answered, so that the client
 * costs as little as it can. Resolves to the seconds it took and the answers by status.
 */
export async function sendLoad(url: string, requests: readonly Buffer[], connections: number) {
  const { hostname, port } = new URL(url);
  const statuses: Record<string, number> = {};
  let next = 0;
  let emptyBodies = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(Number(port), hostname);
          let pending = '';
          const sendNext = () => {
            const request = requests[next++];
            if (request) socket.write(request);
            else socket.end(resolve);
          };
          socket.setNoDelay(true);
          socket.on('connect', sendNext);
          socket.on('error', reject);
          socket.on('data', (chunk) => {
            pending += chunk.toString('latin1');
            const headEnd = pending.indexOf('\r\n\r\n');
            if (headEnd < 0) return;
            const bodyLength = bodyLengthOf(pending, headEnd);
            if (bodyLength === undefined) return;
            const status = pending.slice(9, 12);
            statuses[status] = (statuses[status] ?? 0) + 1;
            if (bodyLength === 0) emptyBodies += 1;
            pending = '';
            sendNext();
          });
        }),
    ),
  );
  return { seconds: (performance.now() - startedAt) / 1000, statuses, emptyBodies };
}

/** Undefined while the body is not all there. */
function bodyLengthOf(answer: string, headEnd: number): number | undefined {
  const head = answer.slice(0, headEnd).toLowerCase();
  const length = /content-length: (\d+)/.exec(head)?.[1];
  const got = answer.length - headEnd - 4;
  if (length !== undefined) return got >= Number(length) ? Number(length) : undefined;
  if (!head.includes('transfer-encoding: chunked')) return 0;
  return answer.endsWith('0\r\n\r\n') ? got - 5 : undefined;
}
