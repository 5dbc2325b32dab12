import { describe, expect, it } from 'vitest';
import type { Reply } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { Text } from '#src/i18n.ts';
import { books, createTestCore, keysOf, request, say, sender, type TestCore } from '#tests/factories.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';

const owner = sender('olga', { role: 'owner' });
const ann = sender('ann');

function messageOf(reply: Reply): OutgoingMessage {
  if (reply.kind !== 'message') throw new Error('no answer');
  return reply.message;
}

const typedIn = (text: Text) => ('verbatim' in text ? text.verbatim : undefined);

/** Values of an answer's fields, by the key of their label. */
const fieldsOf = (reply: Reply) =>
  messageOf(reply).fields.map(({ label, value }) => [
    'key' in label ? label.key : typedIn(label),
    'key' in value ? (value.values?.value ?? value.key) : typedIn(value),
  ]);

/** What is left of somebody's day, and its limit. */
async function dayOf(core: TestCore, who: typeof ann) {
  const { fields } = messageOf(await say(core, who, '/quota'));
  const day = fields.find(({ label }) => 'key' in label && label.key === 'limit.of.person.day');
  return day && 'key' in day.value ? day.value.values : undefined;
}

const rowCounts = async (core: TestCore) => {
  const [row] = await core.sql`
    select (select count(*)::int from batches) as batches, (select count(*)::int from ledger) as ledger,
      (select count(*)::int from quotas) as quotas, (select count(*)::int from settings) as settings`;
  return row;
};

describe('a command', () => {
  it.each([
    ['/imagine', 'errors.prompt.empty'],
    ['/imagine --n 3', 'errors.prompt.empty'],
    [`/imagine ${'x'.repeat(40_000)}`, 'errors.prompt.tooLong'],
    [`/imagine ${Array(11).fill('a fox').join('\n')}\n--n 50`, 'errors.prompt.tooMany'],
    ['/imagine a --n 0', 'errors.option.integer', 'errors.place'],
    ['/imagine a --colour red', 'errors.option.unknown', 'errors.place'],
    ['/imagine a fox\na {red cat', 'errors.braces.unclosed', 'errors.placeInLine'],
    ['/draw a fox', 'errors.command.unknown'],
    ['/status zzzzzz', 'errors.batch.unknown'],
    ['/cancel', 'errors.batch.noneRunning'],
    ['/quota now', 'errors.command.unexpected'],
    ['/settings --credits-guest 5', 'errors.role.required'],
  ])(
    'that is refused (%.30s) answers privately with a sentence, and its place, and changes nothing',
    async (text, ...keys) => {
      await using core = await createTestCore();
      const reply = await say(core, ann, text);
      expect(messageOf(reply)).toMatchObject({ audience: 'private', tone: 'error', images: [], actions: [] });
      expect(keysOf(reply)).toEqual(keys);
      expect(await rowCounts(core)).toEqual({ batches: 0, ledger: 0, quotas: 0, settings: 0 });
    },
  );

  it('names how many pictures were asked for in all', async () => {
    await using core = await createTestCore();
    const reply = await say(core, owner, `/imagine ${Array(11).fill('a fox').join('\n')}\n--n 50`);
    expect(messageOf(reply).lines).toEqual([{ key: 'errors.prompt.tooMany', values: { count: 550, max: 500 } }]);
  });

  it('takes 500 pictures in one request', async () => {
    await using core = await createTestCore();
    await request(core, owner, `${Array(10).fill('a fox').join('\n')}\n--n 50`);
    expect(await books(core)).toMatchObject({ reserve: 500, held: 500 });
  });

  it('that hits a bug shows a reference and nothing of the bug', async () => {
    await using core = await createTestCore();
    await core.sql`alter table quotas rename to elsewhere`;
    const reply = await say(core, ann, '/imagine a fox');
    expect(keysOf(reply)).toEqual(['errors.bug']);
    expect(JSON.stringify(reply)).not.toMatch(/quotas|relation|select/);
  });

  it('keeps what was typed as it was typed, with controls made visible', async () => {
    await using core = await createTestCore();
    await request(core, ann, '<b>@everyone</b>\u0000 `x` \u202e \\{\\{reference\\}\\} $t(errors.bug) “q”');
    const [row] = await core.sql`select prompt from images`;
    expect(row?.prompt).toBe('<b>@everyone</b>␀ `x` \u202e {{reference}} $t(errors.bug) “q”');
  });
});

describe('settings', () => {
  it('gives pictures that are asked for without a shape the one that is set, the channel before the workspace', async () => {
    await using core = await createTestCore();
    const ratioOf = async (who: ReturnType<typeof sender>, text: string) => {
      const batch = await request(core, who, text);
      const [row] = await core.sql<{ wide: number }[]>`
        select round(width * 10.0 / height)::int as wide from images where batch_id = ${batch}`;
      return row?.wide;
    };
    await say(core, owner, '/settings --ar 16:9');
    expect(Object.fromEntries(fieldsOf(await say(core, owner, '/settings')))).toMatchObject({
      'commands.settings.field.ar': '16:9',
    });
    expect(await ratioOf(owner, 'a fox')).toBe(18);
    expect(await ratioOf(owner, 'a fox --ar 1:1')).toBe(10);
    const quiet = sender('olga', { channel: 'quiet', role: 'owner' });
    await say(core, quiet, '/settings --ar 1:2 --scope channel');
    expect(await ratioOf(quiet, 'a fox')).toBe(5);
    await say(core, owner, '/settings --ar default');
    expect(await ratioOf(owner, 'a fox')).toBe(10);
  });

  it('hold for the workspace at once, are shown, and can be taken back', async () => {
    await using core = await createTestCore({
      providers: [createFakeProvider({ models: [{ id: 'one' }, { id: 'two' }] })],
    });
    await say(core, owner, '/settings --language zh-TW --time-zone Asia/Taipei --model two --credits-member 7');
    const shown = Object.fromEntries(fieldsOf(await say(core, owner, '/settings')));
    expect(shown).toMatchObject({
      'commands.settings.field.timeZone': 'Asia/Taipei',
      'commands.settings.field.model': 'two',
    });
    await request(core, ann, 'a fox');
    expect([...(await core.sql`select model from images`)]).toEqual([{ model: 'two' }]);
    expect(await dayOf(core, ann)).toMatchObject({ left: 6, limit: 7 });
    await say(core, owner, '/settings --credits-member default --model default');
    expect(await dayOf(core, ann)).toMatchObject({ left: 199, limit: 200 });
    await request(core, ann, 'a cat');
    expect([...(await core.sql`select model from images where prompt = 'a cat'`)]).toEqual([{ model: 'one' }]);
  });

  it('of a channel hold in that channel alone, and only lower a limit', async () => {
    await using core = await createTestCore();
    const inChannel = (name: string, channel: string, role: 'owner' | 'member') => sender(name, { channel, role });
    await say(core, inChannel('olga', 'quiet', 'owner'), '/settings --credits-member 2 --scope channel');
    const limitIn = async (channel: string) => dayOf(core, inChannel('ann', channel, 'member'));
    expect(await limitIn('quiet')).toMatchObject({ limit: 2 });
    expect(await limitIn('general')).toMatchObject({ limit: 200 });
    await say(core, inChannel('olga', 'quiet', 'owner'), '/settings --credits-member 900 --scope channel');
    expect(await limitIn('quiet')).toMatchObject({ limit: 200 });
  });

  it('of shares and caps hold for the workspace, and are refused for a channel', async () => {
    await using core = await createTestCore();
    const saved = Object.fromEntries(
      fieldsOf(await say(core, owner, '/settings --in-flight-person 2 --weight-guest 3')),
    );
    expect(saved).toMatchObject({
      'commands.settings.field.inFlightPerson': 2,
      'commands.settings.field.inFlightWorkspace': 'commands.settings.noCap',
    });
    const refused = messageOf(await say(core, owner, '/settings --in-flight-person 1 --scope channel'));
    expect(refused.lines).toEqual([{ key: 'errors.settings.workspaceOnly', values: { option: 'in-flight-person' } }]);
    expect([...(await core.sql`select in_flight_person, weights from settings`)]).toEqual([
      { in_flight_person: 2, weights: { guest: 3 } },
    ]);
  });

  it('of two admins at the same time are both kept', async () => {
    await using core = await createTestCore();
    await Promise.all([
      say(core, owner, '/settings --credits-member 5'),
      say(core, sender('ada', { role: 'admin' }), '/settings --credits-guest 3'),
      say(core, owner, '/settings --credits-admin 8'),
    ]);
    expect([...(await core.sql`select credits from settings`)]).toEqual([
      { credits: { member: 5, guest: 3, admin: 8 } },
    ]);
  });
});

describe('the language of an answer', () => {
  it("is the person's, else what the platform says, else the workspace's, else English", async () => {
    await using core = await createTestCore();
    const localeFor = async (locale: string, name = 'ann') =>
      messageOf(await say(core, sender(name, { locale }), '/quota')).locale;
    expect(await localeFor('fr')).toBe('en');
    await say(core, owner, '/settings --language zh-TW');
    expect(await localeFor('fr')).toBe('zh-TW');
    expect(await localeFor('en-GB')).toBe('en');
    expect(messageOf(await say(core, ann, '/language zh-tw')).locale).toBe('zh-TW');
    expect(await localeFor('en')).toBe('zh-TW');
    expect(await localeFor('en', 'ben')).toBe('en');
    expect(messageOf(await say(core, ann, '/language default')).locale).toBe('en');
    expect(await localeFor('en')).toBe('en');
  });
});

describe('status, cancel and quota', () => {
  it('agree with each other', async () => {
    const provider = createFakeProvider({ gated: true, concurrency: 2 });
    await using core = await createTestCore({ providers: [provider] });
    const batch = await request(core, ann, 'a fox --n 5');
    const quota = async () => {
      const reply = await say(core, ann, '/quota');
      return { title: messageOf(reply).title, fields: Object.fromEntries(fieldsOf(reply)) };
    };
    expect(await quota()).toMatchObject({
      title: { values: { left: 195 } },
      fields: { 'commands.quota.held': 5, 'commands.quota.spent': 0 },
    });
    const running = core.queue.run(core.deps);
    await provider.called(2);
    expect(messageOf(await say(core, ann, '/status')).lines).toMatchObject([
      { key: 'commands.status.running', values: { batch, done: 0, total: 5 } },
    ]);
    const cancelled = await say(core, ann, '/cancel');
    expect(messageOf(cancelled).lines).toMatchObject([
      { key: 'commands.cancel.done', values: { count: 5, batch, credits: 5 } },
    ]);
    await running;
    await core.queue.run(core.deps);
    expect(await quota()).toMatchObject({ title: { values: { left: 200 } }, fields: { 'commands.quota.held': 0 } });
    expect(messageOf(await say(core, ann, `/status ${batch.toUpperCase()}`))).toMatchObject({
      audience: 'private',
      title: { key: 'card.cancelled' },
      progress: { done: 5, total: 5 },
      actions: [{ id: `rerun ${batch}` }],
    });
  });

  it('cancel without an id ends the newest running batch', async () => {
    await using core = await createTestCore();
    const older = await request(core, ann, 'a fox');
    const newer = await request(core, ann, 'a cat');
    await say(core, ann, '/cancel');
    const rows = await core.sql`select batch_id, state from images order by id`;
    expect([...rows]).toEqual([
      { batch_id: older, state: 'queued' },
      { batch_id: newer, state: 'cancelled' },
    ]);
  });
});
