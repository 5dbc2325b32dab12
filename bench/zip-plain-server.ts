import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

// The limit of `zip`: a server that sends the same files one after the other and does nothing else.
const folder = process.env.BENCH_FOLDER ?? '';
const names = await readdir(folder);

async function* readAll(): AsyncGenerator<Uint8Array> {
  for (const name of names) yield* createReadStream(join(folder, name), { highWaterMark: 256 * 1024 });
}

const server = createServer((_request, response) => {
  pipeline(Readable.from(readAll(), { objectMode: false }), response).catch(() => undefined);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }));
});
