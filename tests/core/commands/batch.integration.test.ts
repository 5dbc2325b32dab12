import { buffer } from 'node:stream/consumers';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { openDownload } from '#core/batches/open-download.ts';
import { readZip as readZipBytes } from '#core/batches/zip-pictures.ts';
import type { Reply, Sender } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import { ann, createChat } from '#tests/core/postings/chat.ts';
import { books, keysOf, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { readZip, sha256 } from '#tests/read-zip.ts';

const olga = sender('olga', { role: 'owner' });

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const file = (name: string, text: string, type = 'text/plain') => [{ name, type, bytes: Buffer.from(text) }];

/** What the link that /zip answers with would give. */
async function zipOf(core: TestCore, who: Sender) {
  const [batch] = await core.sql<{ id: string }[]>`select id from batches`;
  const reply = await say(core, who, `/zip ${batch?.id}`);
  const url = messageOf(reply).lines.flatMap((line) => ('url' in line ? [line.url] : []))[0] ?? '';
  const opened = await openDownload(core.deps, url.split('/').at(-2) ?? '');
  if (!opened) throw new Error(`${url} opens nothing`);
  const { plan } = opened;
  return readZip(await buffer(readZipBytes(core.deps, plan, { start: 0, end: plan.length - 1 })));
}

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

    const files = await zipOf(core, olga);
    const manifest = Papa.parse<Record<string, string>>(files[0]?.bytes.toString('utf8') ?? '', {
      header: true,
      skipEmptyLines: true,
    }).data;
    expect(manifest).toHaveLength(116);
    expect(manifest.map(({ prompt }) => prompt)).toEqual(rows.map(({ prompt }) => prompt));
    const originals = await core.sql<{ original: string }[]>`select original from images order by number`;
    for (const [index, { original }] of originals.entries()) {
      const file = files.find(({ name }) => name === manifest[index]?.file);
      expect(file && sha256(file.bytes), original).toBe(sha256(await core.deps.blobs.read(original)));
    }
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

  it('names the rows that nothing here can make as well, each by what is wrong in it, and makes the others', async () => {
    const provider = createFakeProvider({ models: [{ promptCharsMax: 20 }, { id: 'wide' }] });
    await using core = await createChat({ providers: [provider] });
    await say(core, olga, '/preset save look --no text');
    const rows = [
      'Prompt,預設組合,model,enhance,n',
      'a fox,look,,,',
      'a fox,lok,,,',
      `${'x'.repeat(21)},,,,`,
      `${'x'.repeat(21)},,wide,,`,
      'a cat,,,,many',
      'a cat,,,on,',
    ];
    const reply = await core.chat.call(olga, '/batch', file('foxes.csv', rows.join('\n'), 'text/csv'));
    expect(messageOf(reply).title).toMatchObject({ key: 'draft.title', values: { count: 2 } });
    const { lines } = messageOf(reply);
    const said = lines.slice(0, 5);
    expect(said).toMatchObject([
      { values: { row: 3, column: '預設組合', error: { key: 'errors.preset.unknown' } } },
      {
        values: { row: 4, column: 'Prompt', error: { key: 'errors.prompt.tooLong', values: { length: 21, max: 20 } } },
      },
      { values: { row: 6, column: 'n', error: { key: 'errors.option.integer' } } },
      { values: { row: 7, column: 'enhance', error: { key: 'errors.enhance.unavailable' } } },
      { key: 'draft.fixOrRun' },
    ]);
  });

  it('of a .txt file names the row alone', async () => {
    await using core = await createChat();
    const reply = await core.chat.call(ann, '/batch', file('a.txt', 'a fox --preset look'));
    expect(messageOf(reply)).toMatchObject({ audience: 'private', tone: 'error' });
    expect(messageOf(reply).lines).toMatchObject([
      { key: 'errors.file.rowAlone', values: { row: 1, error: { key: 'errors.preset.none' } } },
      { key: 'draft.noRows' },
    ]);
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
