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
 * costs as little as it can. Its loop never sleeps while it sends: else each answer would have to wake a core, which costs
 * the server more than many a request. Resolves to the seconds it took and the answers by status.
 */
export async function sendLoad(url: string, requests: readonly Buffer[], connections: number) {
  const { hostname, port } = new URL(url);
  const statuses: Record<string, number> = {};
  let next = 0;
  let emptyBodies = 0;
  let sending = true;
  const stayAwake = () => void (sending && setImmediate(stayAwake));
  stayAwake();
  const startedAt = performance.now();
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<void>((resolve, reject) => {
          /** Bytes of the answer's body still to come; undefined between answers. */
          let bodyLeft: number | undefined;
          let status = '';
          const read = (bytes: number, buffer: Uint8Array): boolean => {
            const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, bytes);
            if (bodyLeft === undefined) {
              const headEnd = chunk.indexOf('\r\n\r\n');
              if (headEnd < 0) reject(new Error('an answer began in pieces'));
              const head = chunk.toString('latin1', 0, headEnd);
              status = head.slice(9, 12);
              bodyLeft = bodyLengthOf(head);
              if (bodyLeft === 0) emptyBodies += 1;
              bodyLeft -= bytes - headEnd - 4;
            } else bodyLeft -= bytes;
            if (bodyLeft > 0) return true;
            bodyLeft = undefined;
            statuses[status] = (statuses[status] ?? 0) + 1;
            sendNext();
            return true;
          };
          // One buffer for all answers of a connection: the streams of Node make one for each.
          const onread = { buffer: Buffer.allocUnsafe(64 * 1024), callback: read };
          const socket = connect({ port: Number(port), host: hostname, onread });
          const sendNext = () => {
            const request = requests[next++];
            if (request) socket.write(request);
            else socket.end(resolve);
          };
          socket.setNoDelay(true);
          socket.on('connect', sendNext);
          socket.on('error', reject);
        }),
    ),
  );
  sending = false;
  return { seconds: (performance.now() - startedAt) / 1000, statuses, emptyBodies };
}

/** Servers that announce no length answer without a body here. */
function bodyLengthOf(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}
