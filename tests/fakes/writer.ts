import { ProviderError } from '#core/ports/images.ts';
import type { PromptWriter, WriteRequest } from '#core/ports/writer.ts';

export interface FakeWriter extends PromptWriter {
  readonly calls: readonly WriteRequest[];
  /** Makes the next `times` calls throw this at once. */
  failNext(error: Error, options?: { times?: number }): void;
  /** Makes the next call answer with these words. */
  sayNext(prompt: string): void;
  /** Makes the next call wait until it is let go, or its signal ends it. */
  hold(): { started: Promise<void>; letGo(): void };
}

/** A writer in memory: adds a light to the words, another one each time. Each call costs a thousand micros. */
export function createFakeWriter({ deadlineMs = 5_000 } = {}): FakeWriter {
  const calls: WriteRequest[] = [];
  const failures: Error[] = [];
  const sayings: string[] = [];
  const holds: { started: () => void; gate: Promise<void> }[] = [];
  return {
    id: 'fake',
    deadlineMs,
    calls,
    failNext(error, { times = 1 } = {}) {
      failures.push(...Array<Error>(times).fill(error));
    },
    sayNext: (prompt) => void sayings.push(prompt),
    hold() {
      const start = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      holds.push({ started: start.resolve, gate: gate.promise });
      return { started: start.promise, letGo: gate.resolve };
    },
    async write(request, { signal }) {
      calls.push(request);
      const failure = failures.shift();
      if (failure) throw failure;
      const light = `, light ${calls.length}`;
      const held = holds.shift();
      held?.started();
      if (held) await Promise.race([held.gate, ended(signal)]);
      return {
        prompt: sayings.shift() ?? `${request.prompt}${light}`,
        cost: { micros: 1_000, currency: 'USD' },
      };
    },
  };
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => {
      const isLate = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
      reject(new ProviderError(isLate ? 'timeout' : 'aborted', 'ended', { retryable: true }));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
