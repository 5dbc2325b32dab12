import { describe, expect, test } from 'vitest';
import { commandText, completionText } from '#bots/discord/command-text.ts';
import { readInteraction, readMessage } from '#bots/discord/inbound.ts';
import { permission } from '#bots/discord/protocol.ts';
import { commands } from '#core/commands/index.ts';
import { readOptions } from '#core/commands/read-options.ts';

const enough = permission.viewChannel | permission.sendMessages | permission.attachFiles;
const user = { id: '7', username: 'sam', global_name: 'Sam', bot: false };

function interaction(changes: object = {}) {
  return {
    id: '100',
    application_id: '200',
    type: 2,
    token: 'secret',
    guild_id: '300',
    channel: { id: '400', type: 0, name: 'pictures' },
    channel_id: '400',
    member: { user, nick: null, roles: ['301'], permissions: '0' },
    locale: 'zh-TW',
    app_permissions: String(enough),
    authorizing_integration_owners: { 0: '300' },
    context: 0,
    attachment_size_limit: 26_214_400,
    data: { name: 'imagine', options: [{ name: 'prompt', type: 3, value: 'a fox' }] },
    ...changes,
  };
}

describe('an interaction', () => {
  test('says who, where, in what language and what', () => {
    expect(readInteraction(interaction())).toEqual({
      kind: 'command',
      id: '100',
      applicationId: '200',
      token: 'secret',
      command: 'imagine',
      said: {
        deliveryKey: 'interaction:100',
        person: { id: '7', name: 'Sam' },
        place: {
          guild: { id: '300', permissions: 0n, roles: ['301'] },
          channel: { id: '400', name: 'pictures' },
          canPost: true,
          fileBytesMax: 26_214_400,
        },
        locale: 'zh-TW',
        text: '/imagine a fox',
        files: [],
      },
    });
  });

  test('spells what a text names as it is called there, and leaves what has no name as it came', () => {
    const resolved = {
      users: { 8: { id: '8', username: 'mei', global_name: 'Mei' } },
      members: { 8: { nick: 'Mei Lin' } },
      roles: { 301: { name: 'designers' } },
    };
    const options = [
      { name: 'act', type: 3, value: 'role' },
      { name: 'words', type: 3, value: 'map <@&301> member, not <@8> or <@!9>' },
    ];
    expect(readInteraction(interaction({ data: { name: 'admin', options, resolved } }))).toMatchObject({
      said: {
        text: '/admin role map @designers member, not @Mei Lin or <@!9>',
        mentions: [
          { typed: '@designers', kind: 'role', platformId: '301', name: 'designers' },
          { typed: '@Mei Lin', kind: 'account', platformId: '8', name: 'Mei Lin' },
          { typed: '<@!9>', kind: 'account', platformId: '9', name: '9' },
        ],
      },
    });
  });

  test('calls people what the guild calls them', () => {
    const member = { user, nick: 'Sammy', roles: [], permissions: '0' };
    expect(readInteraction(interaction({ member }))).toMatchObject({ said: { person: { name: 'Sammy' } } });
    const plain = { ...member, nick: null, user: { id: '7', username: 'sam' } };
    expect(readInteraction(interaction({ member: plain }))).toMatchObject({ said: { person: { name: 'sam' } } });
  });

  test('in a thread names the channel around it', () => {
    const channel = { id: '401', type: 11, name: 'foxes', parent_id: '400' };
    const app_permissions = String(enough | permission.sendMessagesInThreads);
    expect(readInteraction(interaction({ channel, app_permissions }))).toMatchObject({
      said: { place: { channel: { id: '401', name: 'foxes', parentId: '400' }, canPost: true } },
    });
    expect(readInteraction(interaction({ channel }))).toMatchObject({ said: { place: { canPost: false } } });
  });

  test.each([
    ['no permission to see', { app_permissions: String(enough & ~permission.viewChannel) }, false],
    ['no permission to write', { app_permissions: String(enough & ~permission.sendMessages) }, false],
    ['no permission to attach', { app_permissions: String(enough & ~permission.attachFiles) }, false],
    ['all permissions', { app_permissions: String(permission.administrator) }, true],
    ['an app that only the person has', { authorizing_integration_owners: { 1: '7' } }, false],
    ['the bot’s own direct messages', { ...inDm, context: 1 }, true],
    ['direct messages of others', { ...inDm, context: 2 }, false],
    ['direct messages of before contexts', inDm, true],
  ])('with %s', (_, changes, canPost) => {
    expect(readInteraction(interaction(changes))).toMatchObject({ said: { place: { canPost } } });
  });

  test('where only the person has the app is no guild of ours', () => {
    const read = readInteraction(interaction({ authorizing_integration_owners: { 1: '7' } }));
    expect(read).toMatchObject({ said: { person: { id: '7' } } });
    expect(read).not.toHaveProperty('said.place.guild');
  });

  test('of a menu is what was picked', () => {
    const data = { custom_id: 'choices 1', component_type: 3, values: ['picture k7m2q4 3'] };
    expect(readInteraction(interaction({ type: 3, data }))).toMatchObject({
      kind: 'button',
      command: 'picture',
      said: { text: 'picture k7m2q4 3' },
    });
  });

  test('of a button carries its id as it is', () => {
    const pressed = interaction({ type: 3, data: { custom_id: 'cancel k7m2q4', component_type: 2 } });
    expect(readInteraction(pressed)).toMatchObject({
      kind: 'button',
      command: 'cancel',
      said: { text: 'cancel k7m2q4' },
    });
  });

  test('hands attached files over in the order of their options', () => {
    const file = (name: string, title?: string) => ({
      ...{ filename: name, title, size: 5, url: `https://cdn.discordapp.com/${name}`, content_type: 'image/png' },
    });
    const options = [
      { name: 'prompt', type: 3, value: 'a fox' },
      { name: 'reference', type: 11, value: '2' },
      { name: 'reference-2', type: 11, value: '1' },
    ];
    const attachments = { 1: file('plain.png'), 2: file('changed.png', 'as it was') };
    const read = readInteraction(interaction({ data: { name: 'imagine', options, resolved: { attachments } } }));
    expect(read).toMatchObject({
      said: {
        text: '/imagine a fox',
        files: [
          { name: 'as it was.png', type: 'image/png', bytes: 5, locator: 'https://cdn.discordapp.com/changed.png' },
          { name: 'plain.png' },
        ],
      },
    });
  });

  test.each([
    ['nothing', null],
    ['text', 'imagine'],
    ['no type', {}],
    ['no token', interaction({ token: undefined })],
    ['nobody', interaction({ member: undefined })],
    ['nowhere', interaction({ channel: undefined, channel_id: undefined })],
    ['an id that is none', interaction({ id: '../1' })],
    ['permissions that are none', interaction({ app_permissions: 'all' })],
  ])('that is %s is refused', (_, raw) => {
    expect(() => readInteraction(raw)).toThrow();
  });

  test('to see whether we are there is a ping', () => {
    expect(readInteraction({ type: 1 })).toEqual({ kind: 'ping' });
    expect(readInteraction(interaction({ type: 99 }))).toEqual({ kind: 'other', type: 99 });
  });
});

const inDm = {
  ...{ guild_id: undefined, member: undefined, user, authorizing_integration_owners: { 0: '0' }, context: undefined },
  channel: { id: '500', type: 1 },
};

describe('typed options', () => {
  const imagine = commands.find(({ name }) => name === 'imagine');
  const text = (name: string, options: { name: string; value: string | number | boolean }[]) =>
    commandText(
      name,
      options,
      commands.find((command) => command.name === name),
    );

  test.each([
    ['imagine', [{ name: 'prompt', value: 'a fox' }], '/imagine a fox'],
    [
      'imagine',
      [
        { name: 'prompt', value: 'a fox\nan owl' },
        { name: 'n', value: 4 },
        { name: 'ar', value: '16:9' },
      ],
      '/imagine a fox\nan owl\n--n 4 --ar 16:9',
    ],
    ['status', [{ name: 'batch', value: 'k7m2q4' }], '/status k7m2q4'],
    ['status', [], '/status'],
    [
      'rerun',
      [
        { name: 'seed', value: 'same' },
        { name: 'numbers', value: '2, 5' },
        { name: 'batch', value: 'k7m2q4' },
      ],
      '/rerun k7m2q4 2, 5 --seed same',
    ],
    [
      'settings',
      [
        { name: 'scope', value: 'channel' },
        { name: 'language', value: 'zh-TW' },
      ],
      '/settings --scope channel --language zh-TW',
    ],
    ['settings', [{ name: 'model', value: 'two words' }], '/settings --model "two words"'],
    ['settings', [{ name: 'model', value: '--scope' }], '/settings --model "--scope"'],
    ['settings', [{ name: 'model', value: 'a "quoted" one' }], '/settings --model "a \\"quoted\\" one"'],
    ['unknown', [{ name: 'flag', value: true }], '/unknown --flag true'],
  ])('of /%s %j become a line', (name, options, line) => {
    expect(text(name, options)).toBe(line);
  });

  test('behind prompts hold for each, and yield to what a prompt says itself', () => {
    const line = text('imagine', [
      { name: 'prompt', value: 'a fox\nan owl --n 2' },
      { name: 'n', value: 4 },
    ]);
    const vocabulary = { models: [], qualities: [], locales: [], commands: [] };
    const read = readOptions(
      { name: 'imagine', options: imagine?.options ?? [] },
      line.replace('/imagine ', ''),
      vocabulary,
    );
    expect(read.prompt).toMatchObject({
      lines: [
        { text: 'a fox', n: 4 },
        { text: 'an owl', n: 2 },
      ],
    });
  });

  test.each([
    ['imagine', { name: 'model', value: 'gp' }, '/imagine --model gp'],
    ['status', { name: 'batch', value: 'k7' }, '/status k7'],
    ['help', { name: 'command', value: '' }, '/help '],
  ])('of /%s are completed as typed', (name, focused, line) => {
    expect(
      completionText(
        name,
        focused,
        commands.find((command) => command.name === name),
      ),
    ).toBe(line);
  });
});

describe('a message', () => {
  const message = (content: string, changes: object = {}) => ({
    ...{ id: '600', type: 0, channel_id: '400', guild_id: '300', author: user, content, mentions: [], attachments: [] },
    member: { nick: null, roles: ['301'] },
    ...changes,
  });
  const read = (content: string, changes?: object) => readMessage(message(content, changes), '999');

  test.each([
    ['<@999> a red fox', 'a red fox', true],
    ['<@!999>a red fox', 'a red fox', true],
    ['please <@999> a red fox', 'please a red fox', true],
    ['a red fox <@999>', 'a red fox', true],
    ['<@999>\na red fox\n  in snow', 'a red fox\n  in snow', true],
    ['<@999> /status k7m2q4', '/status k7m2q4', undefined],
    ['<@999>', '/help', undefined],
  ])('%j is for the bot', (content, text, bare) => {
    const said = read(content);
    expect(said).toMatchObject({ deliveryKey: 'message:600', messageId: '600', text });
    expect(said?.bare).toBe(bare);
  });

  test('spells out who else it names, and says who and what that is', () => {
    const mentions = [{ id: '8', username: 'mei', global_name: 'Mei' }];
    const said = read('<@999> <@8> as a <:fox:123>, not <@9> <@&301> <#400>', { mentions });
    expect(said?.text).toBe('@Mei as a :fox:, not <@9> <@&301> <#400>');
    expect(said?.mentions).toEqual([
      { typed: '@Mei', kind: 'account', platformId: '8', name: 'Mei' },
      { typed: '<@9>', kind: 'account', platformId: '9', name: '9' },
      { typed: '<@&301>', kind: 'role', platformId: '301', name: '301' },
      { typed: '<#400>', kind: 'channel', platformId: '400', name: '400' },
    ]);
  });

  test.each([
    ['mentions nobody', 'a red fox', {}],
    ['mentions somebody else', '<@998> a red fox', {}],
    ['replies to the bot without naming it', 'nice!', { type: 19, mentions: [{ id: '999', username: 'easel' }] }],
    ['is of a bot', '<@999> a red fox', { author: { ...user, bot: true } }],
    ['is of a webhook', '<@999> a red fox', { webhook_id: '1' }],
    ['tells of a pinned one', '<@999> a red fox', { type: 6 }],
  ])('that %s is not', (_, content, changes) => {
    expect(read(content, changes)).toBeUndefined();
  });

  test('that replies tells the core to which, with the pictures of a person or the one picture of ours', () => {
    const file = (filename: string, content_type = 'image/png') => ({
      ...{ filename, size: 5, url: `https://cdn.discordapp.com/${filename}`, content_type },
    });
    const answering = (author: string, files: object[], content = '<@999> 2,5') =>
      read(content, {
        type: 19,
        referenced_message: { id: '555', channel_id: '400', author: { id: author }, attachments: files },
      });
    const place = { channel: '400', message: '555' };
    expect(answering('8', [file('a.png'), file('b.txt', 'text/plain'), file('c.png')])).toMatchObject({
      files: [],
      repliesTo: { ...place, pictures: [{ name: 'a.png' }, { name: 'c.png' }] },
    });
    expect(answering('999', [file('a.png')])?.repliesTo).toMatchObject({ ...place, pictures: [{ name: 'a.png' }] });
    expect(answering('999', [file('a.png'), file('b.png')])?.repliesTo).toEqual(place);
    expect(answering('999', [], '2,5')).toMatchObject({ text: '2,5', bare: true, overheard: true });
    expect(answering('999', [])).not.toHaveProperty('overheard');
    expect(answering('8', [], '2,5')).toBeUndefined();
    expect(read('<@999> 2,5', { type: 19, referenced_message: null })).not.toHaveProperty('repliesTo');
  });

  test('in direct messages needs no mention', () => {
    const dm = { guild_id: undefined, member: undefined };
    expect(read('a red fox', dm)).toMatchObject({ text: 'a red fox', bare: true, place: { channel: { id: '400' } } });
    expect(read('a red fox', dm)).not.toHaveProperty('place.guild');
  });

  test('with a picture and no words asks what to do with it', () => {
    const attachments = [{ filename: 'a.png', size: 5, url: 'https://cdn.discordapp.com/a.png' }];
    expect(read('<@999>', { attachments })).toMatchObject({ text: '/imagine', files: [{ name: 'a.png', type: '' }] });
  });
});
