import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createI18n, type Key, type TextValue } from '#src/i18n.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { claimSize, fourColors } from '#tests/media/pictures.ts';
import { playgroundClient } from '#tests/playground-client.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

interface Refused {
  text: string;
  key: Key;
  values?: Record<string, TextValue>;
  /** Name and bytes of each attached file. */
  files?: () => Promise<[string, Buffer][]>;
}

const i18n = createI18n();
const hostile = '<script>alert(1)</script> a\0b\u0007c\u001b[31m\u202e & "@everyone"';
const asShown = '<script>alert(1)</script> a␀b␇c␛[31m\u202e & "@everyone"';
const lines = (count: number, flags = '') => Array.from({ length: count }, (_, at) => `fox ${at} ${flags}`).join('\n');
const picture = () => fourColors(8, 8).png().toBuffer();
const zip = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');

const refused: Record<string, Refused> = {
  'no words at all': { text: '', key: 'errors.command.none' },
  'a slash alone': { text: '/', key: 'errors.command.none' },
  'an empty prompt': { text: '/imagine', key: 'errors.prompt.empty' },
  'a prompt of spaces and flags': { text: '/imagine   \n --n 2 ', key: 'errors.prompt.empty' },
  '40,000 characters': {
    text: `/imagine ${'x'.repeat(40_000)}`,
    key: 'errors.prompt.tooLong',
    values: { length: 40_000, max: 32_000 },
  },
  '40,000 characters outside the first plane': {
    text: `/imagine ${'🦊'.repeat(40_000)}`,
    key: 'errors.prompt.tooLong',
    values: { length: 40_000, max: 32_000 },
  },
  '--n 0': integer('/imagine a fox --n 0', 'n', '0', 1, 50),
  '--n 9999': integer('/imagine a fox --n 9999', 'n', '9999', 1, 50),
  '--n -1': integer('/imagine a fox --n -1', 'n', '-1', 1, 50),
  '--n 2.5': integer('/imagine a fox --n 2.5', 'n', '2.5', 1, 50),
  '--n 1e1': integer('/imagine a fox --n 1e1', 'n', '1e1', 1, 50),
  '--seed abc': integer('/imagine a fox --seed abc', 'seed', 'abc', 0, 2 ** 32 - 1),
  '--seed over 32 bits': integer('/imagine a fox --seed 4294967296', 'seed', '4294967296', 0, 2 ** 32 - 1),
  'HTML as a number': integer('/imagine a fox --n=<b>1</b>', 'n', '<b>1</b>', 1, 50),
  '--ar 0:1': ratio('0:1'),
  '--ar 16': ratio('16'),
  '--ar of words': ratio('wide'),
  '--ar 1:100': {
    text: '/imagine a fox --ar 1:100',
    key: 'errors.option.ratioTooLong',
    values: { option: 'ar', value: '1:100', max: 8 },
  },
  'a flag without its value': {
    text: '/imagine a fox --n',
    key: 'errors.option.missingValue',
    values: { option: 'n' },
  },
  'an unknown model': {
    text: '/imagine a fox --model fake-fin',
    key: 'errors.option.model',
    values: { value: 'fake-fin', nearest: 'fake-fine', models: { list: ['fake', 'fake-fine', 'words-only'] } },
  },
  'an unknown flag': {
    text: '/imagine a fox --sede 4',
    key: 'errors.option.unknown',
    values: { option: 'sede', nearest: 'seed' },
  },
  'an unknown flag behind an em dash': {
    text: '/imagine a fox —modl fake',
    key: 'errors.option.unknown',
    values: { option: 'modl', nearest: 'model' },
  },
  'an unknown command': {
    text: '/imagin a fox',
    key: 'errors.command.unknown',
    values: { command: 'imagin', nearest: 'imagine' },
  },
  '550 pictures': {
    text: `/imagine ${lines(11, '--n 50')}`,
    key: 'errors.prompt.tooMany',
    values: { count: 550, max: 500 },
  },
  '10,000 prompts': {
    text: `/imagine ${lines(10_000, '--n 50')}`,
    key: 'errors.prompt.tooMany',
    values: { count: 500_000, max: 500 },
  },
  'a decompression bomb': file('errors.attachment.tooManyPixels', 'bomb.png', () => claimSize(50_000, 50_000)),
  'an archive': file('errors.attachment.notImage', 'fox.zip', async () => zip),
  'an archive named as a picture': file('errors.attachment.notImage', 'fox.png', async () => zip),
  'a text file': file('errors.attachment.notImage', 'notes.txt', async () => Buffer.from('a red fox')),
  'an empty file': file('errors.attachment.notImage', 'empty.png', async () => Buffer.alloc(0)),
  'a drawing with a script': file('errors.attachment.unsupported', '<b>.svg', async () =>
    Buffer.from('<svg ><script/>'),
  ),
  'half a picture': file('errors.attachment.damaged', 'half.png', async () => (await picture()).subarray(0, 60)),
  'five files': {
    text: '/imagine a fox',
    key: 'errors.attachment.tooMany',
    values: { count: 5, max: 4 },
    files: async () =>
      Promise.all([1, 2, 3, 4, 5].map(async (at): Promise<[string, Buffer]> => [`${at}.png`, await picture()])),
  },
  'a file for a command that takes none': {
    text: '/quota',
    key: 'errors.attachment.unused',
    values: { command: 'quota' },
    files: async () => [['fox.png', await picture()]],
  },
  'a file for a model of words': {
    text: '/imagine a fox --model words-only',
    key: 'errors.model.noReference',
    values: { model: 'words-only' },
    files: async () => [['fox.png', await picture()]],
  },
  'a batch that is not there': {
    text: `/cancel ${'<b>'}`,
    key: 'errors.batch.unknown',
    values: { batch: '<b>' },
  },
  'HTML and control characters': {
    text: `/quota ${hostile}`,
    key: 'errors.command.unexpected',
    values: { text: asShown, command: 'quota' },
  },
};

let app: TestApp;
beforeAll(async () => {
  const models = [{}, { id: 'fake-fine' }, { id: 'words-only', referencesMax: 0 }];
  const provider = createFakeProvider({ models, gated: true });
  app = await startTestApp({}, { providers: [provider], now: () => new Date('2026-07-29T10:00:00Z') });
});
afterAll(async () => app.stop());

describe.each([
  ['ada', 'bo', 'en'],
  ['bo', 'ada', 'zh-TW'],
])('%s is told, and nobody else, in %3$s', (user, other, locale) => {
  test.each(Object.entries(refused))('why %s is refused; nothing is made or charged', async (_, said) => {
    const files = (await said.files?.()) ?? [];
    await expectRefusal({ user, other, locale }, said, files);
  });
});

test('a guest is told what is left when the credits of the day do not suffice', async () => {
  const values = { needed: 31, left: 30, limit: 30, resetsAt: midnight };
  await expectRefusal(
    { user: 'cy', other: 'ada', locale: 'en' },
    { text: '/imagine a fox --n 31 --draft off', key: exceeded, values },
  );
});

test('a member is told so in their language, however the request is cut', async () => {
  const values = { needed: 250, left: 200, limit: 200, resetsAt: midnight };
  const said = { text: `/imagine ${lines(5, '--n 50')}\n--draft off`, key: exceeded, values };
  await expectRefusal({ user: 'bo', other: 'ada', locale: 'zh-TW' }, said);
});

test('a guest may not change settings, and is told who may', async () => {
  const values = { role: { key: 'roles.admin' } as const };
  const said = { text: '/settings --credits-guest 1000', key: 'errors.role.required' as const, values };
  await expectRefusal({ user: 'cy', other: 'ada', locale: 'en' }, said);
});

test.each([
  ['an em dash for the two of a flag', 'a fox —n 2', 'a fox', 2],
  ['an en dash for the two of a flag', 'a fox –n=3', 'a fox', 3],
  ['500 pictures', `${lines(10, '--n 50')}\n--draft off`, lines(10).replaceAll(' \n', '\n').trim(), 500],
  ['10,000 characters', 'x'.repeat(10_000), 'x'.repeat(10_000), 1],
  ['emoji alone', '🦊👩‍👩‍👧‍👦🇹🇼', '🦊👩‍👩‍👧‍👦🇹🇼', 1],
  ['dashes that are no flags', 'a fox -- in snow - at night —', 'a fox -- in snow - at night —', 1],
  ['quotes', `a "red" fox, the 'old' one's “den”`, `a "red" fox, the 'old' one's “den”`, 1],
  ['a flag inside quotes', 'a sign that says "--n 4" on it', 'a sign that says "--n 4" on it', 1],
  ['HTML, control characters and a mention', hostile, asShown, 1],
  ['line ends of another system', 'a fox\r\nan owl\r\n', 'a fox\nan owl', 2],
])('takes %s as meant', async (_, typed, prompt, total) => {
  const client = playgroundClient(app.url, 'ada');
  const id = await client.say(`/imagine ${typed}`);
  const messages = await client.messages();
  const answers = messages.slice(messages.findIndex((message) => message.id === id) + 1);
  const card = answers.find((message) => message.progress !== null);
  expect(card?.progress).toEqual({ done: 0, total });
  const shown = [...prompt];
  expect(card?.lines[0]).toBe(shown.length > 300 ? `${shown.slice(0, 299).join('')}…` : prompt);
  const batch = card?.actions[0]?.id.split(' ')[1] ?? '';
  const [row] = await app.sql`
    select prompt, total, (select count(*)::int from images where batch_id = batches.id) as images
    from batches where id = ${batch}`;
  expect(row).toEqual({ prompt, total, images: total });
  await client.say(`/cancel ${batch}`);
});

const exceeded = 'errors.quota.exceeded' as const;
const midnight = { at: '2026-07-30T00:00:00Z', style: 'datetime' } as const;

const placeSentence = /^(At character \d+\.|位置：第 \d+ 個字元。)$/;

/** Says it; what comes of it is one private sentence, exactly this one and where it is wrong, and no row anywhere else. */
async function expectRefusal(
  { user, other, locale }: { user: string; other: string; locale: string },
  { text, key, values }: Refused,
  files: readonly [string, Buffer][] = [],
): Promise<void> {
  const client = playgroundClient(app.url, user);
  const before = { books: await books(), seenByOther: await playgroundClient(app.url, other).messages() };
  const attachments = files.map(([name, bytes]) => ({ name, type: 'image/png', base64: bytes.toString('base64') }));
  const id = await client.say(text, attachments);
  const messages = await client.messages();
  const since = messages.slice(messages.findIndex((message) => message.id === id));
  expect(since.map(({ author, private: isPrivate }) => [author, isPrivate])).toEqual([
    [user, true],
    ['easel', true],
  ]);
  const sentence = i18n.say({ key, values: values ?? {} }, { locale, timeZone: 'UTC' });
  expect(since[1]).toMatchObject({ tone: 'error', images: [], progress: null });
  const offered = since[1]?.actions.map((action) => action.id) ?? [];
  expect(offered).toEqual(key === exceeded ? [expect.stringMatching(/^draft \w{6} ask$/)] : []);
  const [said, ...place] = since[1]?.text.split('\n') ?? [];
  expect(said).toBe(sentence);
  const isPlaced = text.startsWith('/imagine') && /^errors\.(option|braces)\./.test(key);
  const draft = offered[0]?.split(' ')[1] ?? '';
  const offer = i18n.say({ key: 'approval.offer', values: { draft } }, { locale, timeZone: 'UTC' });
  const more = key === exceeded ? [offer] : [];
  expect(place).toEqual(isPlaced ? [expect.stringMatching(placeSentence)] : more);
  expect(sentence).not.toMatch(/\{\{|errors\./);
  expect(await books()).toEqual(before.books);
  expect(await playgroundClient(app.url, other).messages()).toEqual(before.seenByOther);
}

/** Everything that a request could leave behind. */
async function books() {
  const [row] = await app.sql`
    select (select count(*) from batches) as batches, (select count(*) from images) as images,
      (select count(*) from postings) as postings, (select count(*) from ledger) as ledger,
      (select count(*) from calls) as calls, (select coalesce(sum(held + spent), 0) from quotas) as quotas`;
  return row;
}

function integer(text: string, option: string, value: string, min: number, max: number): Refused {
  return { text, key: 'errors.option.integer', values: { option, value, min, max } };
}

function ratio(value: string): Refused {
  return { text: `/imagine a fox --ar ${value}`, key: 'errors.option.ratio', values: { option: 'ar', value } };
}

function file(key: Key, name: string, bytes: () => Promise<Buffer>): Refused {
  return { text: '/imagine a fox', key, values: { name }, files: async () => [[name, await bytes()]] };
}
