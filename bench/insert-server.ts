import process from 'node:process';
import { fastify } from 'fastify';
import postgres from 'postgres';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { createLogger } from '#src/logger.ts';

// The limit of `ack`: a server that only keeps what it was sent, in the same database, with a pool of the same size.
const log = createLogger('info');
const database = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log });
const sql = postgres(database.url, { max: 10 });
await sql`create table kept (id bigint generated always as identity primary key, body jsonb not null)`;
const server = fastify();
server.post('/', async (request, reply) => {
  const [row] = await sql`insert into kept (body) values (${JSON.stringify(request.body)}) returning id`;
  return reply.code(202).send({ id: String(row?.id) });
});
process.on('SIGTERM', async () => {
  await server.close();
  await sql.end();
  await database.stop();
});
log.info({ url: await server.listen({ host: '127.0.0.1', port: 0 }) }, 'ready');
