import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ChatCore,
  type ChatPlatform,
  type CommandCall,
  DeliveryError,
  deliveryErrorReasons,
  type MessageRef,
  type OutgoingImage,
  type OutgoingMessage,
  type OutgoingPart,
  type Reply,
  type Role,
} from '#core/ports/chat.ts';
import { createI18n, type Reader, type Text } from '#src/i18n.ts';
import { fourColors } from '#tests/media/pictures.ts';

/** A person as the platform under test knows them. */
export interface ContractPerson {
  account: string;
  standing: Role;
  locale: string;
}

/** A message of the platform as one person reads it: laid out, in words, without markup. */
export interface SeenMessage {
  /** The set-up's own name for it. */
  id: string;
  text: string;
  images: { alt: string; bytes: Uint8Array }[];
  actions: { id: string; label: string }[];
  edits: number;
}

export interface ChatPlatformSetup {
  /** Not started yet. */
  platform: ChatPlatform;
  /** Two people of one channel with different roles and languages. */
  people: { asker: ContractPerson; other: ContractPerson };
  /** Stores bytes where the platform finds a picture, and resolves to their key. */
  putBlob(bytes: Uint8Array): Promise<string>;
  /** What the platform shows this person now, oldest first; without what people said. */
  seen(person: ContractPerson): Promise<SeenMessage[]>;
  /** Says it in the channel; resolves when the platform has answered, rejects when it refused to take it. */
  say(person: ContractPerson, text: string, files?: ContractFile[]): Promise<void>;
  /** Presses a button; resolves and rejects as `say`. */
  press(person: ContractPerson, messageId: string, actionId: string): Promise<void>;
  /** Delivers the last thing said once more, on platforms that do such things. */
  redeliver?: () => Promise<void>;
  /** Another instance over the same store, as after a restart. */
  reopen(): Promise<ChatPlatform>;
  /** Where no message is, though the address is well formed. */
  absent: MessageRef;
  stop(): Promise<void>;
}

export interface ContractFile {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** What must arrive, and be shown, exactly as it was typed. */
const typedTexts = {
  'several lines': 'a red fox\nin snow\n\n  indented',
  'an em dash flag': 'a fox —n 2 – and a dash',
  'a right-to-left override': 'fox \u202egnp.exe\u202c and \u2066שלום\u2069',
  'a mention of everyone': '@everyone @here <@1> <!channel> #general',
  markup: '<b>bold</b> <img src=x onerror=alert(1)> &lt; &amp; ]]> <!--',
  'chat formatting': '**a** *b* _c_ ~~d~~ ||e|| `f` ```g``` > h [i](https://example.org) \\*',
  'placeholders of ours': 'a {{number}} $t(errors.bug) {0} %s',
  'control characters': 'a\u0007b\u001b[31mc\u007f',
  emoji: '🦊👩‍👩‍👧‍👦🇹🇼',
} as const;

const i18n = createI18n();
const timeZone = 'Asia/Taipei';

/** What the core relies on in every chat platform. Call it once for each, at the top of a test file. */
export function describeChatPlatform(name: string, start: () => Promise<ChatPlatformSetup>): void {
  describe(`${name} as a chat platform`, () => {
    let setup: ChatPlatformSetup;
    const core = createRecordingCore();
    beforeAll(async () => {
      setup = await start();
      await setup.platform.start(core);
    });
    afterAll(async () => setup.stop());
    const context: Context = {
      core,
      get setup() {
        return setup;
      },
      async post(part, key = randomUUID()) {
        const { conversation } = await callOf(context, setup.people.asker, '/hello');
        return setup.platform.send(conversation, part, attemptOf(key));
      },
      async find(person, marker) {
        return (await setup.seen(person)).filter((message) => message.text.includes(marker));
      },
    };

    describeCommands(context);
    describeReplies(context);
    describeFiles(context);
    describeSending(context);
    describeWords(context);
    describeSplitting(context);

    test('takes nothing in once it is stopped', async () => {
      const stopped = await start();
      const last = createRecordingCore();
      try {
        await stopped.platform.start(last);
        await stopped.say(stopped.people.asker, '/before');
        await stopped.platform.stop();
        await stopped.say(stopped.people.asker, '/after').catch(() => undefined);
        expect(last.calls.map((call) => call.text)).toEqual(['/before']);
      } finally {
        await stopped.stop();
      }
    });
  });
}

interface RecordingCore extends ChatCore {
  calls: CommandCall[];
  sent: { postingId: string; ref: MessageRef }[];
  answerNext(reply: Reply): void;
}

interface Context {
  core: RecordingCore;
  readonly setup: ChatPlatformSetup;
  /** Sends into the channel where the asker talks. */
  post(part: OutgoingPart, key?: string): Promise<MessageRef>;
  /** What this person sees with the marker in its text. */
  find(person: ContractPerson, marker: string): Promise<SeenMessage[]>;
}

function describeCommands(context: Context): void {
  test.each(Object.entries(typedTexts))('hands %s to the core as typed', async (_, text) => {
    const { asker } = context.setup.people;
    expect(await callOf(context, asker, `/imagine ${text}`)).toMatchObject({ text: `/imagine ${text}`, files: [] });
  });

  test('tells the core who spoke, where, and what fits there', async () => {
    const { asker, other } = context.setup.people;
    const mine = await callOf(context, asker, '/quota');
    const theirs = await callOf(context, other, '/quota');
    for (const [call, person] of [[mine, asker] as const, [theirs, other] as const]) {
      expect(call.platform).toBe(context.setup.platform.id);
      expect(call.account).toMatchObject({ platformId: person.account, standing: person.standing });
      expect(call.locale).toBe(person.locale);
      expect(call.conversation.platform).toBe(call.platform);
      expect(call.requestId).not.toBe('');
      expect(call.channel.limits.imagesPerMessage).toBeGreaterThanOrEqual(1);
      expect(call.channel.limits.fileBytesMax).toBeGreaterThan(0);
      expect(call.channel.limits.textMax).toBeGreaterThan(0);
      expect(call.channel.limits.sendSpacingMs).toBeGreaterThanOrEqual(0);
      expect(JSON.parse(JSON.stringify(call)), 'a call survives JSON').toEqual(call);
    }
    expect(theirs.workspace.platformId).toBe(mine.workspace.platformId);
    expect(theirs.channel.platformId).toBe(mine.channel.platformId);
  });

  test('gives the same words said twice two delivery keys', async () => {
    const { asker } = context.setup.people;
    const first = await callOf(context, asker, '/quota');
    const second = await callOf(context, asker, '/quota');
    expect(second.deliveryKey).not.toBe(first.deliveryKey);
  });

  test('gives a repeated delivery the delivery key it had, and shows its answer once', async ({ skip }) => {
    const { redeliver, people } = context.setup;
    if (!redeliver) return skip('this platform never delivers again');
    const marker = randomUUID();
    const reply: Reply = { kind: 'message', message: outgoing(people.asker, { title: { verbatim: marker } }) };
    context.core.answerNext(reply);
    context.core.answerNext(reply);
    const first = await callOf(context, people.asker, '/imagine a fox');
    const count = context.core.calls.length;
    await redeliver();
    for (const again of context.core.calls.slice(count)) expect(again.deliveryKey).toBe(first.deliveryKey);
    expect(await context.find(people.asker, marker)).toHaveLength(1);
  });

  test('hands a pressed button to the core as the command it carries', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const ids = ['cancel k7m2q4', `retry k7m2q4 ${'5'.repeat(51)}`];
    expect(Buffer.byteLength(ids[1] ?? '')).toBe(64);
    const actions = ids.map((id) => ({ id, label: { key: 'action.cancel' } as const, style: 'danger' as const }));
    await context.post(outgoing(asker, { title: { verbatim: marker }, actions }));
    const [message] = await context.find(asker, marker);
    expect(message?.actions).toEqual(
      ids.map((id) => ({ id, label: i18n.say({ key: 'action.cancel' }, readerOf(asker)) })),
    );
    for (const id of ids) {
      const count = context.core.calls.length;
      await context.setup.press(asker, message?.id ?? '', id);
      expect(context.core.calls.slice(count)).toMatchObject([{ text: id, account: { platformId: asker.account } }]);
    }
  });

  test('takes no message of its own for a command', async () => {
    const { asker } = context.setup.people;
    await context.post(outgoing(asker, { lines: [{ verbatim: '/imagine a fox that talks to itself' }] }));
    await callOf(context, asker, '/quota');
    expect(context.core.calls.filter((call) => call.text.includes('talks to itself'))).toEqual([]);
  });
}

function describeReplies(context: Context): void {
  test('shows a reply once and tells the core where, when it owes a posting', async () => {
    const { asker, other } = context.setup.people;
    const marker = randomUUID();
    const message = outgoing(asker, { title: { verbatim: marker } });
    context.core.answerNext({ kind: 'message', message, postingId: '42' });
    await callOf(context, asker, '/imagine a fox');
    expect(await context.find(asker, marker)).toHaveLength(1);
    expect(await context.find(other, marker)).toHaveLength(1);
    const sent = context.core.sent.filter(({ postingId }) => postingId === '42');
    expect(sent).toHaveLength(1);
    for (const { ref } of sent) {
      await context.setup.platform.edit(ref, { ...message, lines: [{ verbatim: 'changed' }] });
    }
    expect(await context.find(asker, marker)).toMatchObject([{ text: expect.stringContaining('changed'), edits: 1 }]);
  });

  test('reports no place for a reply that owes no posting, and shows nothing for an empty one', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const sent = context.core.sent.length;
    context.core.answerNext({ kind: 'message', message: outgoing(asker, { title: { verbatim: marker } }) });
    await callOf(context, asker, '/help');
    const before = await context.setup.seen(asker);
    await callOf(context, asker, '/help');
    expect(await context.setup.seen(asker)).toEqual(before);
    expect(context.core.sent).toHaveLength(sent);
    expect(await context.find(asker, marker)).toHaveLength(1);
  });

  test('shows a private reply and a private message to the one who asked alone', async () => {
    const { asker, other } = context.setup.people;
    const marker = randomUUID();
    const message = outgoing(asker, { title: { verbatim: marker }, audience: 'private' });
    context.core.answerNext({ kind: 'message', message });
    await callOf(context, asker, '/quota');
    await context.post(message);
    expect(await context.find(asker, marker)).toHaveLength(2);
    expect(await context.find(other, marker)).toEqual([]);
  });

  test('lets nobody press a button of a message they cannot see', async () => {
    const { asker, other } = context.setup.people;
    const marker = randomUUID();
    const actions = [{ id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' }] as const;
    await context.post(outgoing(asker, { title: { verbatim: marker }, audience: 'private', actions: [...actions] }));
    const [message] = await context.find(asker, marker);
    const count = context.core.calls.length;
    await expect(context.setup.press(other, message?.id ?? '', 'cancel k7m2q4')).rejects.toThrow();
    expect(context.core.calls).toHaveLength(count);
  });
}

function describeFiles(context: Context): void {
  const files = async () => [
    { name: 'fox & “snow” <b>.png', type: 'image/png', bytes: await fourColors(8, 8).png().toBuffer() },
    { name: 'notes.txt', type: 'image/png', bytes: Buffer.from('not a picture') },
  ];

  test('opens attached files with the bytes that were sent', async () => {
    const said = await files();
    const call = await callOf(context, context.setup.people.asker, '/imagine a fox', said);
    expect(call.files).toMatchObject(said.map(({ name, type, bytes }) => ({ name, type, bytes: bytes.length })));
    for (const [index, file] of call.files.entries()) {
      const kept = JSON.parse(JSON.stringify(file));
      const opened = await context.setup.platform.open(kept, { signal: new AbortController().signal });
      expect(Buffer.from(await new Response(opened).arrayBuffer()).equals(said[index]?.bytes ?? Buffer.alloc(0))).toBe(
        true,
      );
    }
  });

  test('opens no file under a signal that has fired, and ends one whose signal fires', async () => {
    const [file] = (await callOf(context, context.setup.people.asker, '/imagine a fox', await files())).files;
    if (!file) throw new Error('the file did not reach the core');
    await expect(context.setup.platform.open(file, { signal: AbortSignal.abort() })).rejects.toThrow();
    const controller = new AbortController();
    const opened = await context.setup.platform.open(file, { signal: controller.signal });
    controller.abort();
    await expect(new Response(opened).arrayBuffer()).rejects.toThrow();
  });
}

function describeSending(context: Context): void {
  test('shows once what is sent again with the same key', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const part = outgoing(asker, { title: { verbatim: marker } });
    const { conversation } = await callOf(context, asker, '/hello');
    const key = randomUUID();
    const first = await context.setup.platform.send(conversation, part, attemptOf(key));
    const again = await context.setup.platform.send(conversation, part, { ...attemptOf(key), repeat: true });
    expect(again).toEqual(first);
    expect(await context.find(asker, marker)).toHaveLength(1);
  });

  test('shows the same words twice when they have two keys', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const part = outgoing(asker, { title: { verbatim: marker } });
    const refs = [await context.post(part), await context.post(part)];
    expect(new Set(refs.map((ref) => ref.message)).size).toBe(2);
    expect(await context.find(asker, marker)).toHaveLength(2);
  });

  test('changes a message in its place, counts it, and leaves the others', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const part = (words: string) => outgoing(asker, { title: { verbatim: marker }, lines: [{ verbatim: words }] });
    const action = { id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' } as const;
    const first = await context.post({ ...part('old words'), actions: [action] });
    await context.post(part('later words'));
    await context.setup.platform.edit(JSON.parse(JSON.stringify(first)), part('new words'));
    await context.setup.platform.edit(first, part('newest words'));
    const [changed, later] = await context.find(asker, marker);
    expect(changed).toMatchObject({ edits: 2, actions: [], text: expect.stringContaining('newest words') });
    expect(changed?.text).not.toContain('old words');
    expect(later).toMatchObject({ edits: 0, text: expect.stringContaining('later words') });
  });

  test('refuses to change what is not there, with a reason', async () => {
    const { absent, platform, people } = context.setup;
    for (const ref of [absent, { ...absent, message: 'no such message' }]) {
      const error = await platform.edit(ref, outgoing(people.asker, {})).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeliveryError);
      expect(error).toMatchObject({ retryable: false, reason: expect.toBeOneOf([...deliveryErrorReasons]) });
    }
  });

  test('changes after a restart what was sent before it, and knows its key', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const { conversation } = await callOf(context, asker, '/hello');
    const part = outgoing(asker, { title: { verbatim: marker } });
    const ref = await context.setup.platform.send(conversation, part, attemptOf(marker));
    const reopened = await context.setup.reopen();
    expect(await reopened.send(conversation, part, { ...attemptOf(marker), repeat: true })).toEqual(ref);
    await reopened.edit(ref, { ...part, lines: [{ verbatim: 'after the restart' }] });
    expect(await context.find(asker, marker)).toMatchObject([
      { edits: 1, text: expect.stringContaining('after the restart') },
    ]);
  });

  test('shows each picture, unharmed, with its alt text', async () => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const bytes = [await fourColors(16, 8).png().toBuffer(), await fourColors(8, 16).jpeg().toBuffer()];
    const alts = ['a fox', `<b>"'&</b> @everyone`].map(
      (prompt, index): Text => ({ key: 'picture.alt', values: { number: index + 1, total: 2, prompt } }),
    );
    const images = await Promise.all(
      bytes.map(async (picture, index): Promise<OutgoingImage> => {
        const type = index === 0 ? 'png' : 'jpeg';
        const blob = await context.setup.putBlob(picture);
        return { blob, type, width: 16, height: 8, alt: alts[index] ?? { verbatim: '' }, name: `${index}.${type}` };
      }),
    );
    await context.post(outgoing(asker, { title: { verbatim: marker }, images }));
    const [seen] = await context.find(asker, marker);
    expect(seen?.images.map(({ alt }) => alt)).toEqual(alts.map((alt) => i18n.say(alt, readerOf(asker))));
    expect(seen?.images.map((image) => Buffer.from(image.bytes))).toEqual(bytes);
  });
}

function describeWords(context: Context): void {
  test.each(Object.entries(typedTexts))('shows %s exactly as typed', async (_, typed) => {
    const { asker } = context.setup.people;
    const marker = randomUUID();
    const quoted: Text = { key: 'errors.attachment.notImage', values: { name: typed } };
    await context.post(
      outgoing(asker, {
        title: { verbatim: `${marker} ${typed}` },
        lines: [{ verbatim: typed }, quoted],
        fields: [{ label: { verbatim: typed }, value: { verbatim: typed } }],
      }),
    );
    const [seen] = await context.find(asker, marker);
    const shown = seen?.text ?? '';
    expect(shown).toContain(`${marker} ${typed}`);
    expect(shown).toContain(i18n.say(quoted, readerOf(asker)));
    expect(shown.split(typed), 'title, line, sentence, label and value').toHaveLength(6);
  });

  test('speaks the language of the one who reads, with no key and no placeholder left', async () => {
    const texts: Text[] = [
      {
        key: 'card.failure',
        values: { count: 2, numbers: { list: [1, 2] }, reason: { key: 'errors.provider.timeout' } },
      },
      {
        key: 'commands.quota.resets',
        values: { resetsAt: { at: '2026-07-29T20:00:00Z', style: 'datetime' }, timeZone },
      },
      { key: 'commands.quota.title', values: { left: 1_234_567, limit: 2_000_000 } },
    ];
    for (const person of Object.values(context.setup.people)) {
      const marker = randomUUID();
      const { conversation } = await callOf(context, person, '/hello');
      const message = outgoing(person, {
        title: { verbatim: marker },
        lines: texts,
        fields: [{ label: { key: 'card.field.model' }, value: { key: 'roles.owner' } }],
      });
      await context.setup.platform.send(conversation, message, attemptOf(marker));
      const [seen] = await context.find(person, marker);
      for (const text of [...texts, { key: 'card.field.model' } as const, { key: 'roles.owner' } as const]) {
        expect(seen?.text).toContain(i18n.say(text, readerOf(person)));
        expect(seen?.text).not.toContain('key' in text ? text.key : '');
      }
      expect(seen?.text).not.toContain('{{');
    }
  });
}

function describeSplitting(context: Context): void {
  const pictures = (count: number): OutgoingImage[] =>
    Array.from({ length: count }, (_, index) => ({
      blob: `${index}`,
      type: 'png',
      width: 8,
      height: 8,
      alt: { verbatim: `picture ${index}` },
      name: `${index}.png`,
    }));

  test('splits into parts within the limit: every picture once and in order, the words and buttons once', async () => {
    const { asker } = context.setup.people;
    const own = (await callOf(context, asker, '/hello')).channel.limits;
    const action = { id: 'cancel k7m2q4', label: { key: 'action.cancel' }, style: 'danger' } as const;
    for (const imagesPerMessage of [1, 4, 10, own.imagesPerMessage]) {
      for (const count of [0, 1, 2, 9, 10, 11, 50, 101]) {
        const message = outgoing(asker, {
          title: { key: 'gallery.title', values: { count, batch: 'k7m2q4' } },
          lines: [{ verbatim: 'a line' }],
          images: pictures(count),
          actions: [action],
        });
        const parts = context.setup.platform.split(message, { ...own, imagesPerMessage });
        const what = `${count} pictures, ${imagesPerMessage} a message`;
        expect(Math.max(...parts.map((part) => part.images.length)), what).toBeLessThanOrEqual(imagesPerMessage);
        expect(parts, what).toHaveLength(Math.max(1, Math.ceil(count / imagesPerMessage)));
        expect(
          parts.flatMap((part) => part.images),
          what,
        ).toEqual(message.images);
        expect(
          parts.flatMap((part) => part.actions),
          what,
        ).toEqual([action]);
        expect(
          parts.flatMap((part) => part.lines),
          what,
        ).toEqual(message.lines);
      }
    }
  });

  test('splits the same message in the same way each time, and leaves it as it was', async () => {
    const { asker } = context.setup.people;
    const { limits } = (await callOf(context, asker, '/hello')).channel;
    const message = outgoing(asker, { images: pictures(120), lines: [{ verbatim: 'a line' }] });
    const before = structuredClone(message);
    const first = structuredClone(context.setup.platform.split(message, limits));
    expect(context.setup.platform.split(structuredClone(message), limits)).toEqual(first);
    expect(message).toEqual(before);
  });
}

/** Says it and resolves to the one call that came of it. */
async function callOf(
  { core, setup }: Pick<Context, 'core' | 'setup'>,
  person: ContractPerson,
  text: string,
  files: ContractFile[] = [],
): Promise<CommandCall> {
  const count = core.calls.length;
  await setup.say(person, text, files);
  const [call, ...more] = core.calls.slice(count);
  if (!call || more.length > 0) throw new Error(`${text}: ${more.length + (call ? 1 : 0)} calls reached the core`);
  return call;
}

function createRecordingCore(): RecordingCore {
  const calls: CommandCall[] = [];
  const sent: { postingId: string; ref: MessageRef }[] = [];
  const replies: Reply[] = [];
  return {
    calls,
    sent,
    answerNext: (reply) => replies.push(reply),
    async onCall(call) {
      calls.push(call);
      return replies.shift() ?? { kind: 'none' };
    },
    async onSent(postingId, ref) {
      sent.push({ postingId, ref });
    },
    complete: async () => [],
    readerOf: async (sender) => ({ locale: i18n.match(sender.locale) ?? 'en', timeZone }),
  };
}

function attemptOf(key: string) {
  return { key, repeat: false, saveHandle: async () => undefined };
}

function readerOf(person: ContractPerson): Reader {
  return { locale: person.locale, timeZone };
}

function outgoing(reader: ContractPerson, content: Partial<OutgoingMessage>): OutgoingMessage {
  return {
    ...readerOf(reader),
    audience: 'channel',
    tone: 'info',
    lines: [],
    fields: [],
    images: [],
    actions: [],
    ...content,
  };
}
