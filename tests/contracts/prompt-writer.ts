import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProviderError, type ProviderErrorReason } from '#core/ports/images.ts';
import type { PromptWriter, WriteRequest } from '#core/ports/writer.ts';

export interface PromptWriterSetup {
  writer: PromptWriter;
  /** Makes the next call fail in this way; says what must come of it. */
  provoke: Partial<Record<ProviderErrorReason, () => { retryable: boolean; retryAfterMs?: number }>>;
  /** Makes the next call wait for ever; `started` resolves when it is under way. */
  hold: () => { started: Promise<void> };
  stop?: () => Promise<void>;
}

/** What the core relies on in every writer of prompts. Call it once for each, at the top of a test file. */
export function describePromptWriter(name: string, start: () => Promise<PromptWriterSetup>): void {
  describe(`${name} as a writer of prompts`, () => {
    let setup: PromptWriterSetup;
    beforeAll(async () => {
      setup = await start();
    });
    afterAll(async () => setup.stop?.());

    const write = (request: Partial<WriteRequest> = {}, signal = new AbortController().signal) =>
      setup.writer.write({ prompt: 'a fox', charsMax: 500, ...request }, { signal });

    test.each(['a red fox in snow', '雪中的紅狐', 'a sign that says "--n 6" \\ {x}'])(
      'writes out %j as plain text of one paragraph, no longer than asked, that begins from these words',
      async (prompt) => {
        const { prompt: written } = await write({ prompt });
        expect(written).toContain(prompt);
        expect(written.length).toBeGreaterThan(prompt.length);
        expect([...written].length).toBeLessThanOrEqual(500);
        expect(written).not.toMatch(/\n|^\s|\s$/);
      },
    );

    test('has a deadline that ends before people give up', () => {
      expect(setup.writer.deadlineMs).toBeGreaterThan(0);
      expect(setup.writer.deadlineMs).toBeLessThanOrEqual(60_000);
    });

    test('says why it failed, whether to try again and how long to wait', async () => {
      for (const [reason, provoke] of Object.entries(setup.provoke)) {
        const expected = provoke();
        const error = await write().catch((thrown: unknown) => thrown);
        expect(error, reason).toBeInstanceOf(ProviderError);
        expect(error, reason).toMatchObject({ reason, ...expected });
      }
      expect((await write()).prompt, 'the failures leave nothing behind').toContain('a fox');
    });

    test('ends when its signal says so, as a deadline or a stop', async () => {
      for (const [why, reason] of [
        [new DOMException('late', 'TimeoutError'), 'timeout'],
        [undefined, 'aborted'],
      ] as const) {
        const ending = new AbortController();
        const { started } = setup.hold();
        const call = write({}, ending.signal).catch((thrown: unknown) => thrown);
        await started;
        ending.abort(why);
        expect(await call).toMatchObject({ name: 'ProviderError', reason, retryable: true });
      }
    });
  });
}
