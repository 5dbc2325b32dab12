import type { ShownMessage } from '#bots/playground/outbound.ts';

export interface LiveEvent {
  event: string;
  data: ShownMessage;
}

/** The live updates of one person, as the page hears them. Open when it resolves: `ready` has been heard. */
export async function openEvents(base: string, user: string) {
  const controller = new AbortController();
  const answer = await fetch(`${base}/playground/api/events?user=${user}`, { signal: controller.signal });
  if (!answer.ok || !answer.body) throw new Error(`events: ${answer.status}`);
  const heard: LiveEvent[] = [];
  const waiting = new Set<() => void>();
  void collect(answer.body, (event) => {
    heard.push(event);
    for (const look of [...waiting]) look();
  }).catch(() => undefined);

  /** Resolves to the first event, from number `from` on, that fits. */
  function until(fits: (event: LiveEvent) => boolean, from = 0): Promise<LiveEvent> {
    const { promise, resolve } = Promise.withResolvers<LiveEvent>();
    const look = () => {
      const found = heard.slice(from).find(fits);
      if (!found) return;
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    look();
    return promise;
  }

  await until(({ event }) => event === 'ready');
  return { headers: answer.headers, heard, until, close: () => controller.abort() };
}

async function collect(body: ReadableStream<Uint8Array>, hear: (event: LiveEvent) => void): Promise<void> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
      );
      const event = fields.get('event');
      if (event) hear({ event, data: JSON.parse(fields.get('data') ?? 'null') });
    }
  }
}
