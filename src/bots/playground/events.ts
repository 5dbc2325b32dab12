import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { BotDeps } from '#bots/define.ts';
import { showMessage } from '#bots/playground/outbound.ts';
import type { PlaygroundUser } from '#bots/playground/room.ts';
import type { Reader } from '#src/i18n.ts';

const heartbeatMs = 20_000;
/** A reader that is this far behind is cut off; its EventSource comes back and fetches the list anew. */
const bufferedBytesMax = 4 * 1024 * 1024;

/** Streams new and changed messages as server-sent events. `ready` says that the list should be fetched anew. */
export function streamEvents(
  reply: FastifyReply,
  deps: Pick<BotDeps, 'bus' | 'i18n' | 'log' | 'stores'>,
  user: PlaygroundUser,
  readerOf: () => Promise<Reader>,
): FastifyReply {
  const stream = new PassThrough();
  const write = (event: string, data: unknown) => {
    if (stream.writableLength > bufferedBytesMax) stream.destroy();
    else stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  let shown = Promise.resolve();
  const stopListening = deps.bus.on('messages', (id) => {
    if (id === '') return write('ready', {});
    // One after the other: an answer must not overtake what it answers.
    shown = shown.then(() => showChange(id));
  });
  async function showChange(id: string): Promise<void> {
    try {
      const message = await deps.stores.playground.find(id);
      if (!message || (message.reader !== null && message.reader !== user.name)) return;
      write('message', showMessage(deps.i18n, message, await readerOf()));
    } catch (error) {
      deps.log.warn({ err: error }, 'a change could not be streamed; the page is told to fetch the list');
      write('ready', {});
    }
  }
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), heartbeatMs);
  stream.on('close', () => {
    clearInterval(heartbeat);
    stopListening();
  });
  write('ready', {});
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(stream);
}
