import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

/** Those who stand by ask this often; with what a dead holder's connection takes to end, they take over within 5 s. */
const askEveryMs = 1_000;
/** A holder that cannot reach the database for so long no longer holds: the server may have ended its session. */
const answerMaxMs = 3_000;

/** What of a logger is used here. */
interface LeaseLog {
  info(message: string): void;
  warn(bindings: Record<string, unknown>, message: string): void;
}

type Run = (signal: AbortSignal) => Promise<void>;

/**
 * Leases on a database: one process at a time holds a name, through an advisory lock on a connection of its own, so
 * that a process that dies loses it at once. Polled rather than waited for, as a waiting statement keeps old rows alive.
 */
export function createLease(url: string, log: LeaseLog & { child(bindings: Record<string, unknown>): LeaseLog }) {
  return {
    hold(name: string, run: Run): { stop(): Promise<void> } {
      const stopping = new AbortController();
      const running = holdAgainAndAgain(url, log.child({ lease: name }), name, run, stopping.signal);
      return {
        async stop() {
          stopping.abort();
          await running;
        },
      };
    },
  };
}

async function holdAgainAndAgain(url: string, log: LeaseLog, name: string, run: Run, stopping: AbortSignal) {
  while (!stopping.aborted) {
    try {
      await holdOnce(url, log, name, run, stopping);
    } catch (error) {
      if (!stopping.aborted) log.warn({ err: error }, 'the lease was lost');
    }
    // It rejects only to end the wait early.
    await sleep(askEveryMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

async function holdOnce(url: string, log: LeaseLog, name: string, run: Run, stopping: AbortSignal): Promise<void> {
  const lost = new AbortController();
  const connection = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    onnotice: () => undefined,
    onclose: () => lost.abort(),
    connection: { role: 'easel_app', application_name: 'easel lease' },
  });
  try {
    const ask = () =>
      connection<{ held: boolean }[]>`select pg_try_advisory_lock(hashtextextended(${`lease:${name}`}, 0)) as held`;
    while (!(await ask())[0]?.held) {
      await sleep(askEveryMs, undefined, { signal: AbortSignal.any([stopping, lost.signal]) });
    }
    log.info('the lease is held');
    const holding = AbortSignal.any([stopping, lost.signal]);
    const watching = watch(connection, lost, holding);
    await run(holding);
    lost.abort();
    await watching;
  } finally {
    await connection.end({ timeout: 1 });
  }
}

/** Ends the lease when its connection no longer answers. */
async function watch(connection: postgres.Sql, lost: AbortController, holding: AbortSignal): Promise<void> {
  while (!holding.aborted) {
    const answered = await Promise.race([
      connection`select 1`.then(
        () => true,
        () => false,
      ),
      sleep(answerMaxMs, false, { ref: false }),
    ]);
    if (!answered) return lost.abort();
    // It rejects only to end the wait early.
    await sleep(askEveryMs, undefined, { signal: holding }).catch(() => undefined);
  }
}
