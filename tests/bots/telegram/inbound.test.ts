import { describe, expect, test } from 'vitest';
import type { CallbackQuery, Message } from '#bots/telegram/api.ts';
import { toCall } from '#bots/telegram/call.ts';
import { readCallback, readMessage } from '#bots/telegram/inbound.ts';

const me = { id: 42, username: 'Easel_Bot' };
const ada = { id: 7, is_bot: false, first_name: 'Ada', last_name: 'L', username: 'ada', language_code: 'zh-hant' };
const bot = { id: me.id, is_bot: true, first_name: 'Easel', username: me.username };
const privateChat = { id: 7, type: 'private', first_name: 'Ada', last_name: 'L' };
const group = { id: -100500, type: 'supergroup', title: 'Studio' };
const photo = [
  { file_id: 'small', file_unique_id: 's', width: 90, height: 60, file_size: 100 },
  { file_id: 'large', file_unique_id: 'l', width: 1280, height: 853, file_size: 9000 },
  { file_id: 'middle', file_unique_id: 'm', width: 320, height: 213, file_size: 900 },
];
const png = { file_id: 'doc', file_unique_id: 'd', file_name: 'fox.png', mime_type: 'image/png', file_size: 5 };
const pdf = { file_id: 'pdf', file_unique_id: 'p', file_name: 'a.pdf', mime_type: 'application/pdf' };
const large = { name: 'photo-l.jpg', type: 'image/jpeg', bytes: 9000, locator: 'large' };

/** A payload as it comes over the wire: fields that our types do not know are no different there. */
function message(content: Record<string, unknown>): Message {
  const whole = { message_id: 5, date: 1, from: ada, chat: privateChat, ...content };
  return JSON.parse(JSON.stringify(whole)) as Message;
}
const inGroup = (content: Record<string, unknown>) => message({ chat: group, ...content });
const said = (each: Message) => {
  const heard = readMessage([each], me);
  return heard && { text: heard.text, bare: heard.bare, files: heard.files.map(({ locator }) => locator) };
};

describe('in a private chat', () => {
  test.each([
    ['a command', { text: '/imagine a fox\n--n 4' }, '/imagine a fox\n--n 4', false],
    ['a command with our name', { text: '/imagine@easel_bot  a fox' }, '/imagine  a fox', false],
    ['words', { text: ' a fox <b> \n @ada' }, ' a fox <b> \n @ada', true],
    ['what only looks like a command', { text: '/ five foxes' }, '/ five foxes', false],
    ['an unknown command', { text: '/paint a fox' }, '/paint a fox', false],
    ['start', { text: '/start' }, '/help', false],
    ['start with a payload of a deep link', { text: '/start hello' }, '/help', false],
    ['a sticker', { sticker: { file_id: 'x' } }, '/help', false],
    ['a voice message', { voice: { file_id: 'x' } }, '/help', false],
    ['a picture without words', { photo }, '/imagine', false],
    ['a picture with words', { photo, caption: 'in the style of this' }, 'in the style of this', true],
    ['a forwarded text', { text: 'a fox', forward_origin: { type: 'user' } }, 'a fox', true],
  ])('%s', (_, content, text, bare) => {
    expect(said(message(content))).toMatchObject({ text, bare });
  });

  test.each([
    ['a pinned message', { pinned_message: { message_id: 1 } }],
    ['a new topic', { forum_topic_created: { name: 'x' } }],
    ['another bot', { from: { ...ada, is_bot: true }, text: '/imagine a fox' }],
    ['nobody', { from: undefined, text: '/imagine a fox' }],
  ])('ignores %s', (_, content) => {
    expect(said(message(content))).toBeNull();
  });
});

describe('in a group', () => {
  test.each([
    ['a command of ours', { text: '/imagine a fox' }, '/imagine a fox', false],
    ['a command that names us', { text: '/IMAGINE@EASEL_BOT a fox' }, '/IMAGINE a fox', false],
    ['an unknown command that names us', { text: '/paint@easel_bot x' }, '/paint x', false],
    ['a mention', { text: '@easel_bot a fox' }, 'a fox', true],
    ['a mention with punctuation', { text: '@Easel_Bot, a fox' }, 'a fox', true],
    ['a mention at the end', { text: 'a fox please @easel_bot' }, 'a fox please', true],
    ['a mention in the middle', { text: 'hey @easel_bot a fox' }, 'hey a fox', true],
    ['a mention before a command', { text: '@easel_bot /imagine a fox' }, '/imagine a fox', false],
    ['a mention alone', { text: '@easel_bot' }, '/help', false],
    ['a mention in a caption', { photo, caption: '@easel_bot like this' }, 'like this', true],
    ['a mention alone with a picture', { photo, caption: '@easel_bot' }, '/imagine', false],
    ['a command in a caption', { document: png, caption: '/imagine a fox' }, '/imagine a fox', false],
  ])('%s', (_, content, text, bare) => {
    expect(said(inGroup(content))).toMatchObject({ text, bare });
  });

  test.each([
    ['talk', { text: 'a fox' }],
    ['a command for another bot', { text: '/imagine@other_bot a fox' }],
    ['a command that may be of another bot', { text: '/ban ada' }],
    ['a longer name', { text: '@easel_bot2 a fox' }],
    ['our name in an address', { text: 'me@easel_bot https://t.me/@easel_bot' }],
    ['a picture', { photo }],
    ['a forwarded command', { text: '/imagine a fox', forward_origin: { type: 'user' } }],
    ['a post of the linked channel', { text: '/imagine a fox', is_automatic_forward: true, sender_chat: group }],
    ['another bot', { from: { ...ada, is_bot: true }, text: '/imagine a fox' }],
    ['a member who joins', { new_chat_members: [ada] }],
  ])('ignores %s', (_, content) => {
    expect(said(inGroup(content))).toBeNull();
  });
});

describe('a reply', () => {
  const replied = (content: Record<string, unknown>) => inGroup({ message_id: 3, ...content });
  test.each([
    ['takes the text as the prompt', '/imagine', { text: 'a red\nfox' }, '/imagine a red\nfox', []],
    [
      'keeps the flags that were typed',
      '/imagine --n 4 --ar 16:9',
      { text: 'a fox' },
      '/imagine a fox\n--n 4 --ar 16:9',
      [],
    ],
    ['knows flags after a dash that an app made long', '/imagine —n 4', { text: 'a fox' }, '/imagine a fox\n—n 4', []],
    ['takes caption and picture', '/imagine', { photo, caption: 'a fox' }, '/imagine a fox', ['large']],
    ['takes a picture without words', '/imagine', { photo }, '/imagine', ['large']],
    [
      'takes the picture to words of its own',
      '/imagine at night',
      { photo, caption: 'a fox' },
      '/imagine at night',
      ['large'],
    ],
    ['takes a picture that was sent as a file', '/imagine', { document: png, caption: 'x' }, '/imagine x', ['doc']],
    ['leaves other files', '/imagine', { document: pdf, caption: 'x' }, '/imagine x', []],
    ['leaves the command out that it answers', '/imagine', { text: '/imagine@easel_bot a fox' }, '/imagine a fox', []],
    ['leaves other commands', '/imagine', { text: '/status' }, '/imagine', []],
    ['leaves the mention out that it answers', '/imagine', { text: '@easel_bot a fox' }, '/imagine a fox', []],
    ['leaves our own words', '/imagine', { from: bot, photo, caption: '4 pictures' }, '/imagine', []],
    [
      'by a mention is a prompt, whatever the words say',
      '@easel_bot',
      { text: 'status k7m2q4' },
      '/imagine status k7m2q4',
      [],
    ],
    ['by a mention takes a picture', '@easel_bot', { photo }, '/imagine', ['large']],
    ['by another command takes nothing', '/status', { photo, caption: 'k7m2q4' }, '/status', []],
    ['to a service message takes nothing', '/imagine', { forum_topic_created: { name: 'foxes' } }, '/imagine', []],
  ])('%s', (_, text, target, expected, files) => {
    expect(said(inGroup({ text, reply_to_message: replied(target) }))).toMatchObject({ text: expected, files });
  });

  test('takes the part that was picked, also of ours', () => {
    const quote = { text: 'a red fox', position: 0, is_manual: true };
    const target = replied({ from: bot, text: 'Making 4 pictures: a red fox' });
    expect(said(inGroup({ text: '/imagine', quote, reply_to_message: target }))).toMatchObject({
      text: '/imagine a red fox',
    });
  });

  test('takes a picture of another chat', () => {
    const content = { text: '/imagine a fox', external_reply: { origin: { type: 'user' }, photo } };
    expect(said(inGroup(content))).toMatchObject({ files: ['large'] });
  });

  test('tells the core which message it answers, with its picture where that is ours', () => {
    const answering = (from: object, text: string) =>
      readMessage([inGroup({ text, reply_to_message: replied({ from, photo }) })], me);
    const place = { channel: '-100500', message: '3' };
    expect(answering(bot, '/vary 2')).toMatchObject({
      text: '/vary 2',
      files: [],
      repliesTo: { ...place, pictures: [large] },
    });
    expect(answering(ada, '/imagine a fox')).toMatchObject({ files: [large], repliesTo: place });
    expect(answering(ada, '/imagine a fox')).not.toHaveProperty('repliesTo.pictures');
    expect(answering(bot, '/imagine a fox')).toMatchObject({ files: [], repliesTo: { pictures: [large] } });
  });

  test('to us that names nobody is overheard; talk below others is not', () => {
    const answering = (from: object, content: object) =>
      readMessage([inGroup({ ...content, reply_to_message: replied({ from, text: 'done' }) })], me);
    expect(answering(bot, { text: '2,5' })).toMatchObject({ text: '2,5', bare: true, overheard: true });
    expect(answering(bot, { text: '@easel_bot 2,5' })).not.toHaveProperty('overheard');
    expect(answering(bot, { photo })).toBeNull();
    expect(answering(ada, { text: '2,5' })).toBeNull();
  });

  test('in bare words to our own picture brings no reference along', () => {
    const target = message({ from: bot, photo, caption: '4 pictures' });
    expect(said(message({ text: 'another fox', reply_to_message: target }))).toEqual({
      text: 'another fox',
      bare: true,
      files: [],
    });
  });
});

describe('files', () => {
  test('are the largest size of a photo, and documents with what is claimed of them', () => {
    const heard = readMessage([message({ photo, document: png, caption: 'x' })], me);
    expect(heard?.files).toEqual([large, { name: 'fox.png', type: 'image/png', bytes: 5, locator: 'doc' }]);
  });

  test('of an album are one request with the words of the message that has them', () => {
    const album = [
      inGroup({ message_id: 5, media_group_id: '1', photo }),
      inGroup({ message_id: 6, media_group_id: '1', document: png, caption: '/imagine a fox' }),
      inGroup({ message_id: 7, media_group_id: '1', photo }),
    ];
    const heard = readMessage(album, me);
    expect(heard).toMatchObject({ deliveryKey: 'message:-100500:6', text: '/imagine a fox', messageId: 6 });
    expect(heard?.files.map(({ locator }) => locator)).toEqual(['large', 'doc', 'large']);
  });

  test('of an album that says nothing to us are nothing in a group', () => {
    expect(
      readMessage([inGroup({ media_group_id: '1', photo }), inGroup({ media_group_id: '1', photo })], me),
    ).toBeNull();
  });
});

describe('the core is told', () => {
  test('of a private chat that it is workspace and channel, and of its person', () => {
    const heard = readMessage([message({ text: '/quota' })], me);
    expect(heard && toCall(heard, 'owner', 'r1')).toMatchObject({
      platform: 'telegram',
      deliveryKey: 'message:7:5',
      requestId: 'r1',
      workspace: { platformId: '7', name: 'Ada L' },
      channel: { platformId: '7', name: 'Ada L', direct: true, limits: { sendSpacingMs: 1100, imagesPerMessage: 10 } },
      conversation: { platform: 'telegram', channel: '7' },
      account: { platformId: '7', name: 'Ada L', standing: 'owner' },
      locale: 'zh-hant',
    });
  });

  test('of a topic of a forum that it is a thread of the group', () => {
    const heard = readMessage([inGroup({ text: '/quota', message_thread_id: 9, is_topic_message: true })], me);
    expect(heard && toCall(heard, 'member', 'r1')).toMatchObject({
      workspace: { platformId: '-100500', name: 'Studio' },
      channel: { platformId: '-100500', name: 'Studio', limits: { sendSpacingMs: 1100 } },
      conversation: { platform: 'telegram', channel: '-100500', thread: '9' },
    });
  });

  test('of a chain of replies that it is no thread', () => {
    const heard = readMessage([inGroup({ text: '/quota', message_thread_id: 9 })], me);
    expect(heard && toCall(heard, 'member', 'r1').channel).not.toHaveProperty('direct');
    expect(heard && toCall(heard, 'member', 'r1').conversation).toEqual({ platform: 'telegram', channel: '-100500' });
  });

  test('of an administrator who writes as the group, and of a channel that writes in one', () => {
    const standIn = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
    const anonymous = readMessage([inGroup({ from: standIn, sender_chat: group, text: '/quota' })], me);
    expect(anonymous).toMatchObject({ account: { id: -100500, name: 'Studio' }, isAnonymousAdmin: true });
    const channel = { id: -100900, type: 'channel', title: 'News' };
    const posted = readMessage([inGroup({ from: standIn, sender_chat: channel, text: '/quota' })], me);
    expect(posted).toMatchObject({ account: { id: -100900, name: 'News' }, isAnonymousAdmin: false });
  });
});

describe('a pressed button', () => {
  const query = (content: Record<string, unknown>): CallbackQuery =>
    ({ id: '99', from: ada, chat_instance: '1', data: 'cancel k7m2q4', ...content }) as unknown as CallbackQuery;

  test('is the command it carries, of the person who pressed it', () => {
    const topic = { message_thread_id: 9, is_topic_message: true };
    expect(readCallback(query({ message: inGroup({ message_id: 11, from: bot, ...topic }) }))).toEqual({
      deliveryKey: 'callback:99',
      text: 'cancel k7m2q4',
      bare: false,
      files: [],
      chat: { id: -100500, name: 'Studio', isPrivate: false },
      topicId: 9,
      messageId: 11,
      callbackId: '99',
      account: { id: 7, name: 'Ada L', username: 'ada' },
      isAnonymousAdmin: false,
      locale: 'zh-hant',
    });
  });

  test('works below a message that is too old to be seen', () => {
    expect(readCallback(query({ message: { chat: group, message_id: 11, date: 0 } }))).toMatchObject({
      chat: { id: -100500 },
      messageId: 11,
    });
  });

  test.each([
    ['without a message', {}],
    ['of a game', { message: inGroup({}), data: undefined }],
  ])('is nothing %s', (_, content) => {
    expect(readCallback(query(content))).toBeNull();
  });
});

describe('whom a message names', () => {
  test('comes with it: a username as typed, and who has none as themselves', () => {
    const text = '/admin@easel_bot role set Ana María 🦊 admin, @bo_b and @easel_bot';
    const entities = [
      { type: 'bot_command', offset: 0, length: 16 },
      {
        type: 'text_mention',
        offset: 26,
        length: 12,
        user: { id: 8, is_bot: false, first_name: 'Ana', last_name: 'M' },
      },
      { type: 'mention', offset: text.indexOf('@bo_b'), length: 5 },
      { type: 'mention', offset: text.lastIndexOf('@'), length: 10 },
    ];
    const heard = readMessage([inGroup({ text, entities })], me);
    expect(heard?.mentions).toEqual([
      { typed: 'Ana María 🦊', kind: 'account', platformId: '8', name: 'Ana M' },
      { typed: '@bo_b', kind: 'account', name: 'bo_b' },
    ]);
    expect(heard && toCall(heard, 'member', 'r1')).toMatchObject({
      account: { username: 'ada' },
      mentions: heard?.mentions,
    });
  });
});
