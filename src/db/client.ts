import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { type Begin, endWithConnection } from '#db/end-with-connection.ts';

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
/** Statements with more values or characters are those with long lists, of which there are too many kinds to keep. */
const preparedValuesMax = 32;
const preparedCharsMax = 4_096;
const idPattern = /^[0-9a-f-]{36}$/;
/** The default waits up to 20 s, counted over the whole pool: so long would work stand still after every restart. */
const reconnectMaxS = 1;
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
    backoff: (failures) => Math.min(reconnectMaxS, 0.05 * 2 ** failures),
    onnotice: () => undefined,
    connection: {
      role: 'easel_app',
      application_name: 'easel',
      idle_in_transaction_session_timeout: idleInTransactionMaxMs,
    },
  });
  prepareStatements(client);
  refuseInsideTransactions(client);
  const begin = endWithConnection(client.begin as Begin);
  client.begin = ((run: (tx: postgres.TransactionSql) => Promise<unknown>) =>
    inTransaction(begin, (tx) => {
      prepareStatements(tx);
      return run(tx);
    })) as typeof client.begin;
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

/** The transaction that a flow of calls is in. */
const transactions = new AsyncLocalStorage<{ isOver: boolean }>();

function inTransaction(begin: Begin, run: Parameters<Begin>[0]): Promise<unknown> {
  const transaction = { isOver: false };
  return begin((tx) => transactions.run(transaction, run, tx)).finally(() => {
    transaction.isOver = true;
  });
}

/** Who holds a connection and waits for another waits for ever once as many do so as there are connections. */
function refuseInsideTransactions(client: Pick<postgres.Sql, 'unsafe'>): void {
  const { unsafe } = client;
  client.unsafe = ((...statement: Parameters<typeof unsafe>) => {
    if (transactions.getStore()?.isOver === false)
      throw new Error('the pool is asked for a connection inside a transaction');
    return unsafe(...statement);
  }) as typeof unsafe;
}

/** What the transaction that is being opened begins with. It is read before anything else runs: opening sends at once. */
let firstStatement = '';

/**
 * Each statement is prepared once a connection and then costs one wait; drizzle's own are described first each time, and
 * cost two. Several sent at once share a write.
 */
function prepareStatements(client: Pick<postgres.Sql, 'unsafe'>): void {
  const { unsafe } = client;
  client.unsafe = ((text: string, values: never[] = [], options: postgres.UnsafeQueryOptions = {}) => {
    const prepare = text.length <= preparedCharsMax && values.length <= preparedValuesMax;
    const isBegin = text === 'begin ';
    return unsafe(isBegin && firstStatement ? `begin; ${firstStatement}` : text, values, { ...options, prepare });
  }) as typeof unsafe;
}

/** Opens a transaction and sends its first statement in the same write. `statement` goes to the database as it is. */
function transactionThat<T>(db: Database, statement: string, run: (tx: Tx) => Promise<T>): Promise<T> {
  firstStatement = statement;
  try {
    return db.transaction(run);
  } finally {
    firstStatement = '';
  }
}

/** One transaction that sees and writes rows of one workspace only; the only way verbs reach tenant tables. */
export async function inWorkspace<T>(db: Database, workspaceId: string, run: (tx: Tx) => Promise<T>): Promise<T> {
  if (!idPattern.test(workspaceId)) throw new Error(`no workspace has the id ${workspaceId}`);
  return transactionThat(db, `set local easel.workspace = '${workspaceId}'`, run);
}

/** One transaction that sees every workspace: for dispatch, sweep, the outbox and links, which serve them all. */
export function acrossWorkspaces<T>(db: Database, run: (tx: Tx) => Promise<T>): Promise<T> {
  return transactionThat(db, 'set local role easel_across', run);
}

/**
 * Sends a statement now, where an await would do so a moment later: a connection answers in the order in which it was
 * asked, so that statements that rest on each other need not wait for each other's answers.
 */
export function send<T>(statement: PromiseLike<T>): Promise<T> {
  return statement.then((result) => result) as Promise<T>;
}

/** Looks across workspaces inside a transaction of one, by one statement; for numbers, such as a place in the queue, and for what is the person's own. */
export async function seeAcross<T>(tx: Tx, look: () => PromiseLike<T>): Promise<T> {
  const widened = send(tx.execute(sql`set local role easel_across`));
  const looked = send(look());
  const narrowed = send(tx.execute(sql`set local role easel_app`));
  const [seen] = await Promise.all([looked, widened, narrowed]);
  return seen;
}
