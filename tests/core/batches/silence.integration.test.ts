import { expect, it } from 'vitest';
import { generateImage } from '#core/batches/generate-image.ts';
import { beat } from '#core/workers.ts';
import { dispatched, noSignal } from '#tests/core/batches/dispatched.ts';
import { createTestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

it('a picture is left to its process when the database was away for all, until that process has had time to be heard', async () => {
  const provider = createFakeProvider({ gated: true });
  await using core = await createTestCore({ providers: [provider] });
  const other = await core.otherProcess();
  const { job } = await dispatched(core, 'a fox');
  const first = generateImage(core.deps, job, noSignal());
  await provider.called(1);

  const minuteMs = 60_000;
  await core.sql`update workers set seen_at = now() - interval '1 minute'`;
  other.pulse.beatAt = performance.now() - minuteMs;
  await generateImage(other, job, noSignal());
  expect(provider.calls).toHaveLength(1);
  await beat(other);
  await generateImage(other, job, noSignal());
  expect(provider.calls).toHaveLength(1);

  other.pulse.resumedAt = performance.now() - minuteMs;
  const heir = generateImage(other, job, noSignal());
  await provider.called(2);
  provider.finishAll();
  await Promise.all([first, heir]);
});
