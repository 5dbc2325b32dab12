import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

export type Database = PostgresJsDatabase;
export type Tx = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface DatabaseClient {
  db: Database;
  /** Calls `heard` for each notification on a channel, and `listening` whenever the connection is there (again). */
  listen(channel: string, heard: (payload: string) => void, listening: () => void): Promise<void>;
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Connections of a process to the database, besides the one that listens. */
const poolSize = 10;
/** A process that stands still inside a transaction holds locks that others wait for, and keeps dead rows from being vacuumed. */
const idleInTransactionMaxMs = 30_000;

/**
 * Opens the pool. Every connection acts as `easel_app`, which owns nothing and sees rows of a workspace only inside
 * `inWorkspace`. The database must be migrated.
 */
export function createDatabaseClient(url: string): DatabaseClient {
  const client = postgres(url, {
    max: poolSize,
    connect_timeout: 10,
    onnotice: () => undefined,
    connection: {
      role: 'easel_app',
      application_name: 'easel',
      idle_in_transaction_session_timeout: idleInTransactionMaxMs,
    },
  });
  return {
    db: drizzle({ client }),
    async listen(channel, heard, listening) {
      await client.listen(channel, heard, listening);
    },
    async check() {
      await client`select 1`;
    },
    close: () => client.end({ timeout: 5 }),
  };
}

/** One transaction that sees and writes rows of one workspace only; the only way verbs reach tenant tables. */
export function inWorkspace<T>(db: Database, workspaceId: string, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('easel.workspace', ${workspaceId}, true)`);
    return run(tx);
  });
}

/** One transaction that sees every workspace: for dispatch, sweep and the outbox, which serve them all. */
export function acrossWorkspaces<T>(db: Database, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local role easel_across`);
    return run(tx);
  });
}

/** Looks across workspaces inside a transaction of one; for numbers alone, such as a place in the queue. */
export async function seeAcross<T>(tx: Tx, look: () => Promise<T>): Promise<T> {
  await tx.execute(sql`set local role easel_across`);
  const seen = await look();
  await tx.execute(sql`set local role easel_app`);
  return seen;
}
