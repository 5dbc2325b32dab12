import { ApplicationCommandOptionType as Option, Routes } from 'discord.js';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DiscordServer, startDiscordServer } from '#tests/servers/discord.ts';
import type { ChannelHandle, GuildHandle } from '#tests/servers/discord-guilds.ts';
import type { Person } from '#tests/servers/discord-people.ts';
import { type App, connectApp, restOf } from '#tests/servers/discord-sdk.ts';

const isComponentsV2 = 1 << 15;
const ephemeral = 1 << 6;
const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

const commands = [
  {
    name: 'imagine',
    description: 'Make images',
    options: [
      { type: Option.String, name: 'prompt', description: 'What to draw', required: true, max_length: 100 },
      { type: Option.Integer, name: 'n', description: 'How many', min_value: 1, max_value: 8 },
      { type: Option.String, name: 'style', description: 'A style', autocomplete: true },
      { type: Option.Attachment, name: 'image', description: 'A reference' },
    ],
  },
  {
    name: 'settings',
    description: 'Change',
    options: [{ type: Option.Subcommand, name: 'show', description: 'Show' }],
  },
  { name: 'Vary', type: 3 },
  { name: 'grant', description: 'Give', default_member_permissions: '32', contexts: [0] },
];

describe('an app on discord.js', () => {
  let server: DiscordServer;
  let app: App;
  let guild: GuildHandle;
  let channel: ChannelHandle;
  let ann: Person;
  let bob: Person;
  /** What the app does next. */
  let answer: NonNullable<Parameters<typeof connectApp>[1]>['interaction'];
  let heard: { content: string; attachments: number }[] = [];

  beforeAll(async () => {
    server = await startDiscordServer();
    guild = server.addGuild({ locale: 'de' });
    channel = guild.addChannel({ name: 'art' });
    ann = guild.addMember({ name: 'ann', owner: true, locale: 'pt-BR' });
    bob = guild.addMember({ name: 'bob' });
    app = await connectApp(server, {
      interaction: (interaction) => answer?.(interaction),
      message: async (message) => {
        if (!message.author.bot) heard.push({ content: message.content, attachments: message.attachments.size });
      },
    });
    await restOf(server).put(Routes.applicationCommands(server.applicationId), { body: commands });
  });

  beforeEach(() => {
    server.advance(60_000);
    answer = undefined;
    heard = [];
  });

  afterAll(async () => {
    expect(server.violations).toEqual([]);
    expect(server.floods).toEqual([]);
    await app[Symbol.asyncDispose]();
    await server.close();
  });

  test('is known by its id, its guild and its members', async () => {
    expect(app.client.user.id).toBe(server.applicationId);
    expect((await app.client.application.fetch()).name).toBe('easel');
    expect((await app.client.guilds.fetch(guild.id)).ownerId).toBe(ann.id);
    const member = await (await app.client.guilds.fetch(guild.id)).members.fetch(bob.id);
    expect(member.user.username).toBe('bob');
  });

  test('lists its commands with localizations only on demand', async () => {
    const rest = restOf(server);
    const localized = [{ ...commands[0], name_localizations: { de: 'male' } }, ...commands.slice(1)];
    await rest.put(Routes.applicationCommands(server.applicationId), { body: localized });
    const path = Routes.applicationCommands(server.applicationId);
    expect(await rest.get(path)).not.toContainEqual(expect.objectContaining({ name_localizations: { de: 'male' } }));
    expect(await rest.get(path, { query: new URLSearchParams({ with_localizations: 'true' }) })).toContainEqual(
      expect.objectContaining({ name: 'imagine', name_localizations: { de: 'male' } }),
    );
  });

  test('gets a command with typed options, a file and everything about its surroundings', async () => {
    let got: unknown;
    answer = async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const file = interaction.options.getAttachment('image', true);
      got = {
        prompt: interaction.options.getString('prompt'),
        n: interaction.options.getInteger('n'),
        file: Buffer.from(await (await fetch(file.url)).arrayBuffer()),
        locale: interaction.locale,
        guildLocale: interaction.guildLocale,
        limit: interaction.attachmentSizeLimit,
        installedIn: interaction.authorizingIntegrationOwners.guildId,
        context: interaction.context,
        mayAdminister: interaction.memberPermissions?.has('Administrator'),
        mayWrite: interaction.appPermissions.has('SendMessages'),
      };
      await interaction.reply({ content: 'on it', flags: ephemeral });
    };
    const files = { image: { name: 'fox.png', type: 'image/png', bytes: picture } };
    const given = await ann.slash(channel, 'imagine', { prompt: 'a fox', n: 4 }, { files });
    expect(got).toEqual({
      prompt: 'a fox',
      n: 4,
      file: picture,
      locale: 'pt-BR',
      guildLocale: 'de',
      limit: 10 * 2 ** 20,
      installedIn: guild.id,
      context: 0,
      mayAdminister: true,
      mayWrite: true,
    });
    expect(given).toMatchObject({ kind: 'message', private: true, message: { text: 'on it' } });
    expect(ann.sees(channel)).toContainEqual(given.message);
    expect(bob.sees(channel).map(({ id }) => id)).not.toContain(given.message?.id);
  });

  test('defers, fills in, follows up and takes the answer back', async () => {
    answer = async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply();
      await interaction.editReply({ content: 'done' });
      await interaction.followUp({ content: 'and more' });
      await interaction.deleteReply();
    };
    const given = await bob.slash(channel, 'imagine', { prompt: 'a fox' });
    expect(given).toMatchObject({ kind: 'deferred', private: false, message: { loading: true, text: '' } });
    const seen = await server.until(channel, bob, (messages) => !messages.some(({ id }) => id === given.message?.id));
    expect(seen.at(-1)).toMatchObject({ text: 'and more', private: false });
  });

  test('shows a gallery with buttons, hears a press and changes the message', async () => {
    const rest = restOf(server);
    const body = {
      flags: isComponentsV2,
      components: [
        {
          type: 17,
          accent_color: 0x00ff00,
          components: [
            { type: 10, content: '# Foxes\nfor <@1> \\*ok\\*' },
            { type: 12, items: [{ media: { url: 'attachment://fox.png' }, description: 'a red fox', spoiler: true }] },
            { type: 1, components: [{ type: 2, style: 4, custom_id: 'cancel k7m2q4', label: 'Cancel' }] },
          ],
        },
      ],
      attachments: [{ id: '0' }, { id: '1' }],
    };
    const files = [
      { name: 'fox.png', data: picture },
      { name: 'notes.txt', data: Buffer.from('not shown') },
    ];
    const { id } = (await rest.post(Routes.channelMessages(channel.id), { body, files })) as { id: string };
    const seen = bob.sees(channel).find((message) => message.id === id);
    expect(seen).toMatchObject({
      text: 'Foxes\nfor @unknown-user *ok*',
      markup: ['heading', 'user mention'],
      pings: [],
      images: [{ name: 'fox.png', type: 'image/png', alt: 'a red fox', spoiler: true }],
      unseen: ['notes.txt'],
      actions: [{ kind: 'button', id: 'cancel k7m2q4', label: 'Cancel', style: 'danger', disabled: false }],
      accentColor: 0x00ff00,
      edits: 0,
    });
    expect(Buffer.from(seen?.images[0]?.bytes ?? [])).toEqual(picture);

    answer = async (interaction) => {
      if (!interaction.isButton()) return;
      expect(interaction.message.id).toBe(id);
      await interaction.update({
        components: [{ type: 10, content: `cancelled by ${interaction.customId}` }],
        files: [],
      });
    };
    const given = await bob.press(id, 'cancel k7m2q4');
    expect(given).toMatchObject({ kind: 'updated', message: { id, text: 'cancelled by cancel k7m2q4', edits: 1 } });
    await expect(bob.press(id, 'cancel k7m2q4')).rejects.toThrow('no button');
  });

  test('completes an option, opens a form and takes it', async () => {
    answer = async (interaction) => {
      if (interaction.isAutocomplete()) {
        return await interaction.respond([{ name: `${interaction.options.getFocused()}our`, value: 'watercolour' }]);
      }
      if (interaction.isModalSubmit()) return await interaction.reply(interaction.fields.getTextInputValue('prompt'));
      if (!interaction.isChatInputCommand()) return;
      const field = { type: 4 as const, custom_id: 'prompt', style: 2 as const, max_length: 20 };
      const components = [{ type: 18 as const, label: 'Prompt', component: field }];
      await interaction.showModal({ custom_id: 'remix', title: 'Remix', components });
    };
    expect(await ann.autocomplete(channel, 'imagine', { prompt: 'x', style: 'watercol' }, 'style')).toEqual([
      { name: 'watercolour', value: 'watercolour' },
    ]);
    const form = await ann.slash(channel, 'settings show');
    expect(form).toMatchObject({ kind: 'modal', modal: { title: 'Remix' } });
    await expect(ann.submitModal(form, { prompt: 'x'.repeat(21) })).rejects.toThrow('too long');
    expect((await ann.submitModal(form, { prompt: 'a wolf' })).message?.text).toBe('a wolf');
  });

  test('is used from a message’s menu', async () => {
    const written = bob.write(channel, 'make a fox');
    answer = async (interaction) => {
      if (interaction.isMessageContextMenuCommand()) await interaction.reply(interaction.targetMessage.content);
    };
    expect((await ann.messageCommand(written, 'Vary')).message?.text).toBe('make a fox');
  });

  test('offers a command only to those who may use it, where it belongs', async () => {
    answer = async (interaction) => interaction.isRepliable() && (await interaction.reply('granted'));
    expect((await ann.slash(channel, 'grant')).message?.text).toBe('granted');
    await expect(bob.slash(channel, 'grant')).rejects.toThrow('does not see grant');
    await expect(ann.slash(ann.dm, 'grant')).rejects.toThrow('not offered here');
    expect((await ann.slash(ann.dm, 'imagine', { prompt: 'x' })).message?.channelId).toBe(ann.dm.id);
  });

  test('lets a person choose from a list, and nothing that is not on it', async () => {
    const options = ['red', 'blue'].map((value) => ({ label: value, value }));
    const body = {
      content: 'Which?',
      components: [{ type: 1, components: [{ type: 3, custom_id: 'colour', options }] }],
    };
    await restOf(server).post(Routes.channelMessages(channel.id), { body });
    const { id = '', actions } = bob.sees(channel).at(-1) ?? {};
    expect(actions).toMatchObject([{ kind: 'select', id: 'colour', options }]);
    answer = async (interaction) =>
      interaction.isStringSelectMenu() && (await interaction.reply(`${interaction.values}`));
    expect((await bob.select(id, 'colour', ['blue'])).message?.text).toBe('blue');
    await expect(bob.select(id, 'colour', ['green'])).rejects.toThrow('no option green');
  });

  test('reads a message only where it is addressed', async () => {
    const file = { name: 'list.csv', type: 'text/csv', bytes: Buffer.from('a fox') };
    bob.write(channel, 'a fox', { files: [file] });
    bob.write(channel, 'a wolf', { mention: true, files: [file] });
    bob.write(bob.dm, 'a bear');
    await expect.poll(() => heard).toHaveLength(3);
    expect(heard).toEqual([
      { content: '', attachments: 0 },
      { content: `<@${server.applicationId}> a wolf`, attachments: 1 },
      { content: 'a bear', attachments: 0 },
    ]);
  });

  test('hears the same delivery again', async () => {
    const heardIds: string[] = [];
    answer = async (interaction) => {
      heardIds.push(interaction.id);
      if (interaction.isChatInputCommand() && heardIds.length === 1) await interaction.reply('once');
    };
    await bob.slash(channel, 'imagine', { prompt: 'a fox' });
    await server.redeliver();
    await expect.poll(() => heardIds).toHaveLength(2);
    expect(heardIds[0]).toBe(heardIds[1]);
  });
});
