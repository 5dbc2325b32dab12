import { type Transferable, Worker } from 'node:worker_threads';

/** A thread of its own that answers one question after the other. */
export interface AskedThread<Question, Answer> {
  /**
   * Asks once those before have been answered; `moved` goes over without a copy. The thread is started by the first question,
   * and anew after one that it died of, or that was given up: nothing else ends work in a thread.
   * @throws the signal's reason once that has fired, or what the thread died of.
   */
  ask(question: Question, options: { signal: AbortSignal; moved?: Transferable[] }): Promise<Answer>;
  /** Ends the thread for good. */
  stop(): Promise<void>;
}

export function createAskedThread<Question, Answer>(file: URL): AskedThread<Question, Answer> {
  let running: Worker | undefined;
  let stopped = false;
  let before: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const thread = new Worker(file);
    // Also between two questions; without a listener an error would take the process down.
    thread.on('error', () => undefined);
    thread.once('exit', () => {
      if (running === thread) running = undefined;
    });
    return thread;
  }

  async function end(): Promise<void> {
    const thread = running;
    running = undefined;
    await thread?.terminate();
  }

  async function askNow(question: Question, signal: AbortSignal, moved: Transferable[]): Promise<Answer> {
    signal.throwIfAborted();
    if (stopped) throw new Error('the thread was ended for good');
    running ??= start();
    try {
      return await answerOf<Answer>(running, signal, () => running?.postMessage(question, moved));
    } catch (error) {
      await end();
      throw error;
    }
  }

  return {
    ask(question, { signal, moved = [] }) {
      const next = () => askNow(question, signal, moved);
      const answer = before.then(next, next);
      before = answer.catch(() => undefined);
      return answer;
    },
    stop() {
      stopped = true;
      return end();
    },
  };
}

/** The thread's next message, or whatever comes in its place. */
async function answerOf<Answer>(thread: Worker, signal: AbortSignal, ask: () => void): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const heard = new AbortController();
  const listeners = {
    message: resolve,
    error: reject,
    messageerror: reject,
    exit: (code: number) => reject(new Error(`the thread ended with ${code}`)),
  };
  signal.addEventListener('abort', () => reject(signal.reason), { signal: heard.signal });
  for (const [event, listener] of Object.entries(listeners)) thread.on(event, listener);
  try {
    ask();
    return await promise;
  } finally {
    heard.abort();
    for (const [event, listener] of Object.entries(listeners)) thread.off(event, listener);
  }
}
