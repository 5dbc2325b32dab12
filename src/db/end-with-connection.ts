import { setImmediate as nextTurn } from 'node:timers/promises';
import type postgres from 'postgres';

export type Begin = (run: (tx: postgres.TransactionSql) => Promise<unknown>) => Promise<unknown>;

/**
 * Ends a transaction with its connection. postgres.js would go on to write to one that has closed, be it the rollback:
 * that ends the process with an error that nobody can catch (porsager/postgres#1208), or, where the connection was opened
 * anew meanwhile, runs the rest in no transaction or in another's.
 */
export function endWithConnection(begin: Begin): Begin {
  return (run) => {
    let isOver = false;
    const transaction = begin(async (tx) => {
      const { unsafe } = tx;
      tx.unsafe = ((...statement: Parameters<typeof unsafe>) => {
        if (isOver) throw connectionClosed();
        return unsafe(...statement);
      }) as typeof unsafe;
      try {
        const result = await run(tx);
        return isOver ? await forever() : result;
      } catch (error) {
        // Whoever waits hears of a lost connection from `begin` itself, a moment after its statement has failed.
        await nextTurn();
        if (isOver) await forever();
        throw error;
      }
    });
    transaction.catch(() => {
      isOver = true;
    });
    return transaction;
  };
}

/** What never settles sends neither commit nor rollback. */
const forever = () => new Promise<never>(() => undefined);

function connectionClosed(): Error {
  return Object.assign(new Error('the connection of this transaction has closed'), { code: 'CONNECTION_CLOSED' });
}
