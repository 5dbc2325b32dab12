import { Routes } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DiscordServer, startDiscordServer } from '#tests/servers/discord.ts';
import { fieldCodesOf, restOf } from '#tests/servers/discord-sdk.ts';

describe('registering commands', () => {
  let server: DiscordServer;
  beforeAll(async () => {
    server = await startDiscordServer();
  });
  afterAll(() => server.close());

  const wrongCommands: [string, unknown, string][] = [
    ['an upper-case name', { name: 'Imagine', description: 'x' }, 'APPLICATION_COMMAND_INVALID_NAME'],
    ['no description', { name: 'imagine' }, 'BASE_TYPE_BAD_LENGTH'],
    ['an unknown language', { name: 'a', description: 'x', name_localizations: { xx: 'a' } }, 'ENUM_TYPE_COERCE'],
    [
      'a required option after an optional one',
      {
        name: 'a',
        description: 'x',
        options: [
          { type: 3, name: 'b', description: 'x' },
          { type: 3, name: 'c', description: 'x', required: true },
        ],
      },
      'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
    ],
    [
      'more than 8,000 characters',
      {
        name: 'a',
        description: 'x',
        options: Array.from({ length: 25 }, (_, index) => ({
          type: 3,
          name: `o${index}`,
          description: 'x'.repeat(100),
          choices: Array.from({ length: 5 }, (_, nth) => ({ name: `${nth}`.repeat(50), value: `${nth}` })),
        })),
      },
      'APPLICATION_COMMAND_TOO_LARGE',
    ],
  ];
  test.each(wrongCommands)('refuses a command with %s', async (_, command, code) => {
    const call = restOf(server).put(Routes.applicationCommands(server.applicationId), { body: [command] });
    expect(fieldCodesOf(await call.catch((error: unknown) => error))).toContain(code);
  });
});
