import { describe, expect, it } from 'vitest';
import { generateImage } from '#core/batches/generate-image.ts';
import { dispatched, noSignal } from '#tests/core/batches/dispatched.ts';
import { loseDatabase } from '#tests/core/lose-database.ts';
import { ann, createChat, deliverAll, postingsOf } from '#tests/core/postings/chat.ts';
import { books, createTestCore, imagesOf, request } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

describe('a database that goes away at the worst moment', () => {
  it('costs no picture that was made, and none is made twice', async () => {
    const provider = createFakeProvider();
    await using core = await createTestCore({ providers: [provider] });
    const { batch, job } = await dispatched(core, 'a fox');
    await loseDatabase(core, { table: 'images', when: `new.state = 'succeeded'`, times: 2 });
    await generateImage(core.deps, job, noSignal());
    expect(provider.calls).toHaveLength(1);
    expect((await imagesOf(core, batch))[0]).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(await books(core)).toEqual({ reserve: 1, settle: 1, refund: 0, held: 0, spent: 1 });
  });

  it('makes nobody see a message twice that the outbox has sent', async () => {
    await using core = await createChat();
    await request(core, ann, 'a fox');
    await loseDatabase(core, { table: 'postings', when: 'new.shown > old.shown', times: 2 });
    await deliverAll(core);
    expect(core.chat.sends).toHaveLength(1);
    expect((await postingsOf(core))[0]).toMatchObject({ wanted: 1, shown: 1, sent: true });
  });

  it('makes nobody see a card twice that the reply has shown', async () => {
    await using core = await createChat();
    await loseDatabase(core, { table: 'postings', when: 'new.ref is not null', times: 2 });
    await core.chat.call('ann', '/imagine a fox');
    expect((await postingsOf(core))[0]).toMatchObject({ wanted: 1, shown: 1, sent: true });
    await deliverAll(core);
    expect(core.chat.messages()).toHaveLength(1);
    expect(core.chat.sends).toHaveLength(0);
  });
});
