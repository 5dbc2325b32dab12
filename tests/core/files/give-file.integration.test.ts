import { expect, it } from 'vitest';
import { makeFile } from '#core/files/open-file.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';
import { sendNotices } from '#core/postings/send-notices.ts';
import { createChat } from '#tests/core/postings/chat.ts';
import { keysOf, request, say, sender } from '#tests/factories.ts';
import { fakeLimits } from '#tests/fakes/platform.ts';
import { readZip } from '#tests/read-zip.ts';

const olga = sender('olga', { role: 'owner' });
const bo = sender('bo');

/** Where nobody has said how links are reached. */
async function createWithoutLinks() {
  const core = await createChat({ publicAddress: () => undefined });
  const { platform } = core.chat;
  const { direct, send } = platform;
  const sent: { part: OutgoingPart; bytes: Buffer[] }[] = [];
  platform.send = async (to, part, attempt) => {
    const ref = await send(to, part, attempt);
    const bytes = await Promise.all(part.images.map(({ blob }) => core.deps.blobs.read(blob)));
    sent.push({ part, bytes: bytes.map((file) => Buffer.from(file)) });
    return ref;
  };
  /** What a message takes. */
  const limit = { fileBytesMax: fakeLimits.fileBytesMax };
  platform.direct = async (...asked) => {
    const { conversation, channel } = await direct(...asked);
    return { conversation, channel: { ...channel, limits: { ...channel.limits, ...limit } } };
  };
  const keysIn = ({ lines }: OutgoingPart) => lines.flatMap((line) => ('key' in line ? [line.key] : []));
  return { ...core, sent, limit, keysIn };
}

it('an export comes to direct messages as a file where there are no links, and nothing of it is kept', async () => {
  await using core = await createWithoutLinks();
  const batch = await request(core, bo, 'a fox --n 2');
  await core.queue.run(core.deps);
  expect(keysOf(await say(core, bo, '/privacy export'))).toEqual(['file.comes']);
  await sendNotices(core.deps);
  const [{ part, bytes } = { part: undefined, bytes: [] }] = core.sent;
  expect(part).toMatchObject({ audience: 'private', imagesAs: 'files', images: [{ name: 'easel-export.zip' }] });
  const names = (await readZip(bytes[0] ?? Buffer.alloc(0))).map(({ name }) => name);
  expect(names).toContain('about.json');
  expect(names.filter((name) => name.includes(`/pictures/${batch}-`))).toHaveLength(2);
  expect(await core.deps.blobs.size(part?.images[0]?.blob ?? '')).toBeUndefined();
  expect([...(await core.sql`select 1 from notices`)]).toEqual([]);
});

it('an export that is larger than a message takes comes without its pictures, and says so; or says that it cannot', async () => {
  await using core = await createWithoutLinks();
  await request(core, bo, 'a fox --n 12 --draft off');
  await core.queue.run(core.deps);
  const [person] = await core.sql`select person_id as id from accounts where name = 'bo'`;
  const file = { kind: 'person', subjectId: person?.id, name: 'easel-export.zip' } as const;
  const { read } = await makeFile(core.deps, file, { alone: true });
  if (typeof read === 'function') throw new Error('no zip');
  // The notice that is about to be owed is among what is kept.
  core.limit.fileBytesMax = read.length + 2_000;
  await say(core, bo, '/privacy export');
  await sendNotices(core.deps);
  const [{ part, bytes } = { part: undefined, bytes: [] }] = core.sent;
  expect(part && core.keysIn(part)).toEqual(['commands.privacy.exported', 'file.withoutPictures']);
  const names = (await readZip(bytes[0] ?? Buffer.alloc(0))).map(({ name }) => name);
  expect(names).toContain('about.json');
  expect(names.every((name) => name.endsWith('.json'))).toBe(true);

  core.limit.fileBytesMax = 100;
  await say(core, bo, '/privacy export');
  await say(core, olga, '/admin audit export');
  await sendNotices(core.deps);
  expect(core.sent.slice(1).map(({ part: told }) => [core.keysIn(told).at(-1), told.images.length])).toEqual([
    ['file.tooLarge', 0],
    ['file.tooLarge', 0],
  ]);
});

it('what a workspace has is given to who still runs it when it comes', async () => {
  await using core = await createWithoutLinks();
  await request(core, bo, 'a fox');
  await core.queue.run(core.deps);
  const month = new Date().toISOString().slice(0, 7);
  for (const line of ['/admin usage export', '/admin audit export'])
    expect(keysOf(await say(core, olga, line))).toEqual(['file.comes']);
  await sendNotices(core.deps);
  expect(core.sent.flatMap(({ part }) => part.images.map(({ name, type }) => [name, type]))).toEqual([
    [`easel-usage-${month}.csv`, 'csv'],
    ['easel-audit.csv', 'csv'],
  ]);
  const [usage, log] = core.sent.map(({ bytes }) => String(bytes[0]));
  expect(usage).toContain('bo');
  expect(log).toContain('usage.export');

  await say(core, olga, '/admin audit export');
  core.chat.changes('home', 'olga', { standing: 'member' });
  await sendNotices(core.deps);
  expect(core.sent).toHaveLength(2);
});

it('a file that could not be sent is made anew for the next try', async () => {
  await using core = await createWithoutLinks();
  await say(core, bo, '/privacy export');
  core.chat.failNext(new DeliveryError('server', 'down', { retryable: true }));
  await sendNotices(core.deps);
  expect(core.sent).toEqual([]);
  await core.sql`update notices set due_at = now()`;
  await sendNotices(core.deps);
  expect(core.sent.map(({ bytes }) => bytes.length)).toEqual([1]);
});
