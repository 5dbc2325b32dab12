import { dispatchNext } from '#core/batches/dispatch-next.ts';
import type { Sender } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { Jobs } from '#core/ports/queue.ts';
import { request, say, sender, type TestCore } from '#tests/factories.ts';

export const ann = sender('ann');

/** A batch's first image as a worker gets it; the queue has forgotten it. */
export async function dispatched(
  core: TestCore,
  text: string,
): Promise<{ batch: string; job: Jobs['generate-image'] }> {
  const batch = await request(core, ann, text);
  await dispatchNext(core.deps, 'fake');
  const job = core.queue.waiting.find((candidate) => candidate.name === 'generate-image');
  if (!job) throw new Error('nothing was dispatched');
  core.queue.empty();
  return { batch, job: job.data };
}

export const noSignal = () => new AbortController().signal;

/** What /status shows of a batch. */
export async function card(core: TestCore, who: Sender, batch: string): Promise<OutgoingMessage> {
  const reply = await say(core, who, `/status ${batch}`);
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}
