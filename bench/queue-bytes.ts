import { Redis } from 'ioredis';
import type postgres from 'postgres';

/** What the tables of BullMQ's schema take, with their indexes. */
export async function schemaBytes(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select sum(pg_total_relation_size(oid))::float8 as bytes from pg_class
    where relnamespace = 'bullmq'::regnamespace and relkind = 'r'`;
  return row?.bytes ?? Number.NaN;
}

/** What the keys of one database's queues take, as several share the server; they are gone then. */
export async function redisBytes(redisUrl: string, databaseUrl: URL): Promise<number> {
  const redis = new Redis(redisUrl);
  let bytes = 0;
  const keys = await redis.keys(`easel-${databaseUrl.pathname.slice(1)}:*`);
  for (const key of keys) bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
  return bytes;
}
