import type { EventEmitter } from 'node:events';
import {
  createPostgresBackend,
  type PgPool,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { persist } from '#db/persist.ts';
import { StartupError } from '#db/startup-error.ts';
import type { Logger } from '#src/logger.ts';

export type Processor = NonNullable<ConstructorParameters<typeof Worker>[1]>;

/** What the queues run on: the one place that knows whether it is Redis or PostgreSQL. */
export interface QueueBackend {
  openQueue(name: string): Promise<Queue>;
  openWorker(name: string, process: Processor, options: Omit<WorkerOptions, 'connection' | 'prefix'>): Promise<Worker>;
  /** @throws when the store does not answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** How long a Redis may take to answer at start. */
const redisStartMs = 10_000;
/** Serialises the grants of processes that start together. */
const grantLock = 4_337_504;

/**
 * Redis, for production and more than one machine. Keys carry the database's name, so that databases may share it.
 * @throws {StartupError} when it does not answer within ten seconds, or does not let us in.
 */
export async function openRedisBackend(redisUrl: string, databaseUrl: string, log: Logger): Promise<QueueBackend> {
  // A restarting Redis says LOADING for a while; the default would wait up to ten seconds between two looks.
  const options = { maxRetriesPerRequest: null, maxLoadingRetryTime: 25 };
  const connection = new Redis(redisUrl, { ...options, lazyConnect: true });
  await reachRedis(connection);
  connection.on('error', (error) => log.warn({ err: error }, 'Redis connection'));
  const shared = { connection, prefix: `easel-${new URL(databaseUrl).pathname.slice(1)}` };
  return {
    openQueue: async (name) => new Queue(name, shared),
    openWorker: async (name, process, workerOptions) => new Worker(name, process, { ...workerOptions, ...shared }),
    async check() {
      await connection.ping();
    },
    async close() {
      connection.disconnect();
    },
  };
}

/** Later a lost Redis is waited for; one that was never there is for the operator to hear of. */
async function reachRedis(connection: Redis): Promise<void> {
  const { host, port } = connection.options;
  const failed = Promise.withResolvers<never>();
  const timer = setTimeout(() => failed.reject(new Error('no answer')), redisStartMs);
  connection.once('error', failed.reject);
  try {
    await Promise.race([connection.connect(), failed.promise]);
  } catch (error) {
    connection.disconnect();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `REDIS_URL: Redis at ${host}:${port} cannot be used (${reason}). Start it, or correct the address and password.`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    connection.off('error', failed.reject);
  }
}

/**
 * BullMQ's own PostgreSQL backend on the same database, in its schema `bullmq`, as the role that owns nothing.
 * `workers` bounds the pool: each worker holds a connection while it waits, and a smaller pool hangs in silence.
 */
export async function openPostgresBackend(databaseUrl: string, workers: number, log: Logger): Promise<QueueBackend> {
  await migrateQueueSchema(databaseUrl);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: workers + 6,
    options: '-c search_path=bullmq -c role=easel_app',
    application_name: 'easel queue',
  });
  // A client that is lost between two statements of a transaction says so to nobody else, which ends the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  let closing = false;
  pool.on('error', (error) => {
    if (!closing) log.warn({ err: error }, 'queue connection');
  });
  const classes = withBackend(createPostgresBackend);
  // pg's own types and BullMQ's picture of them differ in overloads only; the classes, in the type of `connection`.
  const connection = pool as unknown as PgPool;
  return {
    openQueue: (name) => openReady(() => new classes.Queue(name, { connection }) as unknown as Queue),
    async openWorker(name, process, options) {
      const waiting = { ...options, autorun: false, connection };
      const worker = await openReady(() => new classes.Worker(name, process, waiting) as unknown as Worker);
      worker.run().catch((error) => worker.emit('error', error));
      return worker;
    },
    async check() {
      await pool.query('select 1');
    },
    async close() {
      closing = true;
      await pool.end();
    },
  };
}

/**
 * A queue or worker of BullMQ keeps what came of its first look at the database: where that broke off, nothing can be had of it
 * any more, and another is opened.
 */
async function openReady<T extends EventEmitter & { waitUntilReady(): Promise<unknown>; close(): Promise<void> }>(
  open: () => T,
): Promise<T> {
  const ignore = () => undefined;
  return persist(async () => {
    const opened = open();
    // For as long as its opener does not listen yet; BullMQ prints what nobody hears.
    opened.on('error', ignore);
    try {
      await opened.waitUntilReady();
    } catch (error) {
      await opened.close().catch(ignore);
      throw withCode(error);
    }
    return opened;
  });
}

/** The queue makes a sequence for each queue as it goes; those are easel_app's own already. */
const grants = `
  grant usage, create on schema bullmq to easel_app;
  grant select, insert, update, delete, truncate on all tables in schema bullmq to easel_app;
  grant execute on all functions in schema bullmq to easel_app;
  do $$ declare owned text; begin
    for owned in select oid::regclass from pg_class where relkind = 'S' and relnamespace = 'bullmq'::regnamespace
      and relowner = current_user::regrole loop
      execute format('grant usage, select, update on sequence %s to easel_app', owned);
    end loop;
  end $$`;

async function migrateQueueSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // What is lost fails the statement, or the next; unheard it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [grantLock]);
    await runMigrations(client);
    await client.query(grants);
  } catch (error) {
    throw withCode(error);
  } finally {
    await client.end();
  }
}

/** pg has no code for a lost connection: postgres.js's own. */
const withCode = (error: unknown): unknown =>
  error instanceof Error && !('code' in error) && /^Connection terminated|not queryable/.test(error.message)
    ? Object.assign(error, { code: 'CONNECTION_CLOSED' })
    : error;
