import { afterEach, expect, it } from 'vitest';
import { createAskedThread } from '#providers/asked-thread.ts';

const threads: { stop(): Promise<void> }[] = [];
const open = () => {
  const thread = createAskedThread<string, { question: string; asked: number }>(
    new URL('./answering-thread.ts', import.meta.url),
  );
  threads.push(thread);
  return thread;
};
const signal = new AbortController().signal;
afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.stop())));

it('answers all who ask at once, in their order and in one thread', async () => {
  const thread = open();
  const answers = await Promise.all(['a', 'b', 'c'].map((question) => thread.ask(question, { signal })));
  expect(answers).toEqual([
    { question: 'a', asked: 1 },
    { question: 'b', asked: 2 },
    { question: 'c', asked: 3 },
  ]);
});

it.each([
  ['exit', /ended with 3/],
  ['throw', /thrown in the thread/],
])('fails the one question that ends it by %s, and answers the next in a new thread', async (death, message) => {
  const thread = open();
  const [died, next] = await Promise.allSettled([thread.ask(death, { signal }), thread.ask('a', { signal })]);
  expect(died).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(message) } });
  expect(next).toEqual({ status: 'fulfilled', value: { question: 'a', asked: 1 } });
});

it('outlives a thread that ends between two questions', async () => {
  const thread = open();
  await thread.ask('late', { signal });
  const again = () => thread.ask('a', { signal }).catch(() => undefined);
  await expect.poll(again).toEqual({ question: 'a', asked: 1 });
});

it('gives up a question whose signal fires, and ends what it was asked of', async () => {
  const thread = open();
  const controller = new AbortController();
  const silent = thread.ask('silence', { signal: controller.signal });
  const next = thread.ask('a', { signal });
  controller.abort(new Error('too late'));
  await expect(silent).rejects.toThrow('too late');
  expect(await next).toEqual({ question: 'a', asked: 1 });
});

it('does not begin for somebody who has gone, nor once it was stopped', async () => {
  const thread = open();
  await expect(thread.ask('a', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
  await thread.ask('a', { signal });
  await thread.stop();
  await expect(thread.ask('b', { signal })).rejects.toThrow('for good');
});
