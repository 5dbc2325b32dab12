import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { discord } from '#bots/discord/index.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';

const key = generateKeyPairSync('ed25519')
  .publicKey.export({ type: 'spki', format: 'der' })
  .subarray(-32)
  .toString('hex');

describe('the environment', () => {
  test('without anything leaves Discord off', () => {
    expect(discord.configure({})).toBeNull();
    expect(discord.configure({ DISCORD_TOKEN: '', DISCORD_PUBLIC_KEY: '' })).toBeNull();
  });

  test.each([
    [{ DISCORD_PUBLIC_KEY: key }, ['DISCORD_TOKEN']],
    [{ DISCORD_API_URL: 'https://discord.com/api' }, ['DISCORD_TOKEN']],
    [{ DISCORD_TOKEN: 't', DISCORD_PUBLIC_KEY: 'abc' }, ['DISCORD_PUBLIC_KEY']],
    [{ DISCORD_TOKEN: 't', DISCORD_API_URL: 'discord.com' }, ['DISCORD_API_URL']],
    [{ DISCORD_PUBLIC_KEY: 'abc', DISCORD_API_URL: 'x' }, ['DISCORD_TOKEN', 'DISCORD_PUBLIC_KEY', 'DISCORD_API_URL']],
  ])('%j names what is missing', (env, names) => {
    const configured = discord.configure(env);
    const problems = configured && 'problems' in configured ? configured.problems : [];
    expect(problems).toHaveLength(names.length);
    for (const [index, name] of names.entries()) expect(problems[index]).toContain(name);
  });

  test('of a process without bots does not care for what only they need', () => {
    const configured = discord.configure({ DISCORD_TOKEN: 't', DISCORD_PUBLIC_KEY: 'abc', EASEL_RUN: 'worker,http' });
    expect(configured).not.toHaveProperty('problems');
  });

  test('chooses the way in: signed requests with a key, else the gateway', () => {
    const create = (env: Record<string, string>) => {
      const configured = discord.configure({ DISCORD_TOKEN: 't', ...env });
      if (!configured || 'problems' in configured) throw new Error('not configured');
      return configured.create(createBotDeps().deps);
    };
    expect(create({ DISCORD_PUBLIC_KEY: key })).toMatchObject({
      part: 'bots',
      webhook: { path: '/discord/interactions' },
    });
    expect(create({})).not.toHaveProperty('webhook');
  });
});
