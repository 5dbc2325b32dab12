import { parentPort } from 'node:worker_threads';

/** A thread that answers with its question, or dies in the way that it names. */
let asked = 0;
parentPort?.on('message', (question: string) => {
  asked += 1;
  if (question === 'exit') process.exit(3);
  if (question === 'throw') throw new Error('thrown in the thread');
  if (question === 'late') setImmediate(() => process.exit(0));
  if (question !== 'silence') parentPort?.postMessage({ question, asked });
});
