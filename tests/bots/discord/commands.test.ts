import { afterEach, describe, expect, test } from 'vitest';
import { comparable, discordCommands } from '#bots/discord/commands.ts';
import { commands } from '#core/commands/index.ts';
import { i18n } from '#tests/bots/bot-deps.ts';
import { endScenes, play } from '#tests/bots/discord/scene.ts';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';

afterEach(endScenes);

describe('the commands', () => {
  const all = discordCommands(i18n, commands, [0, 1]);
  const find = (name: string) => all.find((command) => command.name === name);
  const option = (command: string, name: string) => find(command)?.options?.find((one) => one.name === name);

  test('are those that are declared, everywhere, for servers and for people', () => {
    expect(all.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
    for (const command of all) expect(command).toMatchObject({ contexts: [0, 1, 2], integration_types: [0, 1] });
  });

  // https://docs.discord.com/developers/interactions/application-commands
  test.each(all.map((command) => [command.name, command]))(
    '/%s keeps within the limits, in every language',
    (_, command) => {
      const named = [command, ...(command.options ?? [])];
      for (const { name, description, description_localizations } of named) {
        expect(name).toMatch(/^[-_\p{Ll}\p{Lo}\p{N}]{1,32}$/u);
        for (const words of [description, ...Object.values(description_localizations ?? {})]) {
          expect(words?.length, `${name}: ${words}`).toBeGreaterThan(0);
          expect(words?.length, `${name}: ${words}`).toBeLessThanOrEqual(100);
          expect(words, 'nothing had to be cut').not.toContain('…');
        }
      }
      expect(command.options?.length ?? 0).toBeLessThanOrEqual(25);
      const required = (command.options ?? []).map((one) => one.required === true);
      expect(required, 'required ones first').toEqual(required.toSorted((one, other) => Number(other) - Number(one)));
      expect(JSON.stringify(command).length).toBeLessThan(8000);
    },
  );

  test('speak the languages that there are', () => {
    const chinese = i18n.say({ key: 'commands.imagine.description' }, { locale: 'zh-TW', timeZone: 'UTC' });
    expect(find('imagine')?.description_localizations).toMatchObject({ 'zh-TW': chinese });
    expect(option('imagine', 'prompt')?.description_localizations).toHaveProperty('zh-TW');
    expect(option('imagine', 'reference')?.description_localizations).toHaveProperty('zh-TW');
    expect(find('imagine')?.description_localizations).not.toHaveProperty('en-US');
  });

  test('have a name in a language that gives one', () => {
    const strings = (prefix: string, locale: string): Record<string, string> =>
      prefix === 'commands.imagine' && locale === 'zh-TW' ? { name: '畫圖' } : {};
    const named = discordCommands({ ...i18n, strings }, commands, [0]);
    expect(named.find(({ name }) => name === 'imagine')?.name_localizations).toMatchObject({ 'zh-TW': '畫圖' });
    expect(named.find(({ name }) => name === 'quota')?.name_localizations).toEqual({});
  });

  test('have typed options', () => {
    expect(option('imagine', 'prompt')).toMatchObject({ type: 3, required: true });
    expect(option('imagine', 'n')).toMatchObject({ type: 4, min_value: 1, max_value: 50, required: false });
    expect(option('imagine', 'model')).toMatchObject({ type: 3, autocomplete: true });
    expect(option('imagine', 'reference-4')).toMatchObject({ type: 11, required: false });
    expect(option('imagine', 'reference-5')).toBeUndefined();
    expect(option('settings', 'scope')).toMatchObject({ choices: [{ value: 'workspace' }, { value: 'channel' }] });
    expect(option('settings', 'credits-guest'), 'can be taken back by the word default').toMatchObject({ type: 3 });
    expect(option('status', 'batch')).toMatchObject({ type: 3, autocomplete: true, required: false });
    expect(option('rerun', 'batch')).toMatchObject({ type: 3, autocomplete: true, required: true });
    expect(option('rerun', 'numbers')).toMatchObject({ type: 3, required: false });
    expect(option('rerun', 'numbers')).not.toHaveProperty('autocomplete');
    expect(option('rerun', 'seed')).toMatchObject({ choices: [{ value: 'same' }, { value: 'new' }] });
  });

  test('are the same when Discord gives them back with ids and without what is empty', () => {
    for (const command of all) {
      const options = command.options?.map((one) => {
        const { required, ...rest } = one;
        return { ...rest, ...(required ? { required } : {}), name_localizations: null };
      });
      const registered = { ...command, id: '1', version: '2', name_localizations: null, nsfw: false, options };
      expect(comparable(registered)).toEqual(comparable(command));
    }
    const [first] = all;
    if (!first) throw new Error('there are no commands');
    expect(comparable({ ...first, description: 'another' })).not.toEqual(comparable(first));
    expect(comparable({ ...first, description_localizations: {} })).not.toEqual(comparable(first));
  });
});

test('are written once, and again only when they differ', async () => {
  const scene = await play('webhook');
  const writes = () => scene.server.requests.filter(({ method }) => method === 'PUT');
  const reads = (count: number) =>
    scene.server.answered(({ method, path }) => method === 'GET' && path.endsWith('/commands'), count);
  expect(writes()).toHaveLength(1);
  const second = scene.another().platform;
  await second.start(createScriptedCore());
  await reads(2);
  await second.stop();
  expect(writes()).toHaveLength(1);
  const [removed] = (scene.server.commands as unknown as { name: string }[]).splice(1, 1);
  const third = scene.another().platform;
  await third.start(createScriptedCore());
  await scene.server.registered(removed?.name ?? '');
  await third.stop();
  expect(writes()).toHaveLength(2);
});

test('that Discord does not take are told once, and everything else goes on', async () => {
  const scene = await play('webhook');
  scene.server.fail({ match: ({ path }) => path === '/applications/@me', kind: 'refused', status: 401 });
  const second = scene.another().platform;
  await second.start(createScriptedCore());
  await expect.poll(() => scene.logs.filter(({ level }) => level === 'error').length).toBe(1);
  expect(scene.logs.find(({ level }) => level === 'error')?.message).toContain('DISCORD_TOKEN');
  await second.stop();
  await scene.mei.slash(scene.channel, 'quota');
  expect(scene.core.calls).toHaveLength(1);
});
