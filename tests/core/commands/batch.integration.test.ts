import { describe, expect, it } from 'vitest';
import type { OutgoingMessage, Reply } from '#core/ports/chat.ts';
import { ann, createChat } from '#tests/core/postings/chat.ts';
import { books, keysOf, say, sender } from '#tests/factories.ts';

const olga = sender('olga', { role: 'owner' });

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const file = (name: string, text: string, type = 'text/plain') => [{ name, type, bytes: Buffer.from(text) }];

/** 120 rows of which four cannot be read. */
function csv(): string {
  const rows = Array.from({ length: 120 }, (_, index) => `"a fox, number ${index + 1}",1,1:1,${index}`);
  rows[9] = 'a fox,many,1:1,9';
  rows[19] = ',1,1:1,19';
  rows[59] = 'a fox,1,wide,59';
  rows[99] = 'a fox,1,1:1,99,100';
  return ['prompt,n,ar,seed', ...rows].join('\r\n');
}

describe('/batch', () => {
  it('names each row that cannot be read, and makes the others', async () => {
    await using core = await createChat();
    const reply = await core.chat.call(olga, '/batch', file('foxes.csv', csv(), 'text/csv'));
    const { lines, title, actions } = messageOf(reply);
    expect(title).toMatchObject({ key: 'draft.title', values: { count: 116 } });
    expect(lines.slice(0, 5)).toMatchObject([
      { values: { row: 11, column: 'n', error: { key: 'errors.option.integer' } } },
      { values: { row: 21, column: 'prompt' } },
      { values: { row: 61, column: 'ar', error: { key: 'errors.option.ratio' } } },
      { values: { row: 101 } },
      { key: 'draft.fixOrRun' },
    ]);
    const run = actions.find(({ id }) => id.endsWith(' run'));
    await say(core, olga, run?.id ?? '');
    await core.queue.run(core.deps);
    expect(await books(core)).toMatchObject({ held: 0, spent: 116 });
    const rows = await core.sql<{ prompt: string; seed: number }[]>`
      select prompt, seed::float8 from images where state = 'succeeded' order by number`;
    expect(rows).toHaveLength(116);
    expect(rows[9]).toEqual({ prompt: 'a fox, number 11', seed: 10 });
  });

  it('shows every file first, also a small one, unless that is not wanted', async () => {
    await using core = await createChat();
    const prompts = file('foxes.txt', 'a fox\n# not this\na cat --n 2');
    expect(messageOf(await core.chat.call(ann, '/batch', prompts)).title).toMatchObject({ values: { count: 3 } });
    expect(messageOf(await core.chat.call(ann, '/batch --draft off', prompts)).progress).toEqual({ done: 0, total: 3 });
  });

  it('keeps the file names that were asked for', async () => {
    await using core = await createChat();
    await core.chat.call(ann, '/batch --draft off', file('a.jsonl', '{"prompt":"a fox","filename":"hero.png"}'));
    expect([...(await core.sql`select name from images`)]).toEqual([{ name: 'hero' }]);
  });

  it.each([
    ['no file', [], ['errors.file.none']],
    ['a file of another kind', file('fox.png', 'x', 'image/png'), ['errors.file.type']],
    ['two files', [...file('a.txt', 'a'), ...file('b.txt', 'b')], ['errors.attachment.tooMany']],
    ['an empty file', file('a.txt', ''), ['errors.file.empty']],
    ['more than two megabytes', file('a.txt', 'x'.repeat(2 * 1024 * 1024 + 1)), ['errors.attachment.tooLarge']],
    ['more pictures than there may be', file('a.txt', 'a fox in {1..501}'), ['errors.prompt.tooMany']],
    ['no row that can be read', file('a.txt', 'a {fox'), ['errors.file.row', 'draft.noRows']],
  ])('answers %s with a sentence, and makes nothing', async (_, files, keys) => {
    await using core = await createChat();
    const reply = await core.chat.call(ann, '/batch', files);
    expect(messageOf(reply)).toMatchObject({ audience: 'private', tone: 'error' });
    expect(keysOf(reply)).toEqual(keys);
    expect([
      ...(await core.sql`select (select count(*)::int from drafts) + (select count(*)::int from batches) as made`),
    ]).toEqual([{ made: 0 }]);
  });
});
