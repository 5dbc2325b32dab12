import { describe, expect, it } from 'vitest';
import { createAccounts } from '#bots/slack/accounts.ts';
import { createLogger } from '#src/logger.ts';
import { calledOf, open } from '#tests/bots/slack/scene.ts';

describe('who speaks', () => {
  it.each([
    [{ primaryOwner: true }, 'owner'],
    [{ owner: true }, 'admin'],
    [{ admin: true }, 'admin'],
    [{}, 'member'],
    [{ guest: true }, 'guest'],
  ])('%j is %s', async (facts, standing) => {
    const { core, team, channel, bot } = await open();
    const user = team.addUser('cy', { ...facts, locale: 'pt-BR' });
    if ('guest' in facts) await channel.invite(user);
    await user.command(channel, '/quota');
    await bot.settled();
    expect(core.calls).toMatchObject([
      {
        account: { platformId: user.id, name: 'cy', standing },
        locale: 'pt-BR',
        workspace: { platformId: team.id, name: 'Studio' },
      },
    ]);
  });

  it('counts as a member while Slack does not say, without a question for each command', async () => {
    const slack = await open();
    const owner = slack.team.addUser('cy', { primaryOwner: true });
    slack.server.fail({
      match: ({ method }) => /^(users|conversations)\.info$/.test(method),
      kind: 'server_error',
      times: 2,
    });
    for (let count = 0; count < 5; count += 1) await owner.command(slack.channel, '/quota');
    await slack.bot.settled();
    expect(slack.core.calls.map(({ account }) => account.standing)).toEqual(Array(5).fill('member'));
    expect(calledOf(slack, 'users.info')).toHaveLength(1);
    expect(calledOf(slack, 'conversations.info')).toHaveLength(1);
    expect(slack.logs.some(({ level, values }) => level === 'warn' && values.user === owner.id)).toBe(true);
  });

  it('is who they were while Slack does not say', async () => {
    const said: unknown[] = [{ user: { name: 'cy', is_primary_owner: true } }];
    const call = async () => said.shift() ?? Promise.reject(new Error('down'));
    const accounts = createAccounts({ call }, createLogger('silent'), { ttlMs: 1 });
    await accounts.find('U1');
    await expect.poll(() => accounts.known('U1')).toBeUndefined();
    for (let count = 0; count < 2; count += 1) {
      expect(await accounts.find('U1')).toEqual({ name: 'cy', standing: 'owner' });
    }
  });

  it('is found without a word of theirs, but not after they were deactivated, nor while Slack does not say', async () => {
    const { team, bot, server } = await open();
    const { platform } = bot;
    const [cy, dee, eve] = ['cy', 'dee', 'eve'].map((name) => team.addUser(name, { admin: true }));
    const group = await team.addGroup('designers', cy ? [cy] : []);
    const find = (user: typeof cy) => platform.findStanding(team.id, user?.id ?? '');
    expect(await find(cy)).toEqual({ standing: 'admin', platformRoles: [group.id] });
    await cy?.change({ admin: false });
    await group.setUsers([]);
    expect(await find(cy)).toEqual({ standing: 'member' });
    dee?.deactivate();
    expect(await find(dee)).toBeUndefined();
    server.fail({ match: ({ method }) => method === 'users.info', kind: 'server_error' });
    await expect(find(eve)).rejects.toMatchObject({ name: 'DeliveryError' });
  });

  it('is not found as what they were before while Slack does not say, which is kept for when they speak', async () => {
    const said: unknown[] = [{ user: { name: 'cy', is_primary_owner: true } }];
    const call = async () => said.shift() ?? Promise.reject(new Error('down'));
    const accounts = createAccounts({ call }, createLogger('silent'), { ttlMs: 1 });
    await accounts.find('U1');
    await expect.poll(() => accounts.known('U1')).toBeUndefined();
    await expect(accounts.ask('U1')).rejects.toThrow('down');
    expect(await accounts.find('U1')).toEqual({ name: 'cy', standing: 'owner' });
  });

  it('is asked about again after a while', async () => {
    const said = [new Error('down'), { user: { name: 'cy', is_primary_owner: true } }];
    const call = async () => {
      const next = said.shift();
      if (next instanceof Error) throw next;
      return next;
    };
    const accounts = createAccounts({ call }, createLogger('silent'), { askAgainMs: 1 });
    expect((await accounts.find('U1')).standing).toBe('member');
    await expect.poll(async () => (await accounts.find('U1')).standing, { timeout: 10_000 }).toBe('owner');
    expect(said).toEqual([]);
  });

  it('is not asked about while Slack has said to wait', async () => {
    const slack = await open();
    slack.server.fail({ match: ({ method }) => method === 'users.info', kind: 'rate_limited', retryAfterMs: 60_000 });
    for (let count = 0; count < 5; count += 1) await slack.user.command(slack.channel, '/quota');
    expect(calledOf(slack, 'users.info')).toHaveLength(1);
    expect(slack.core.calls).toHaveLength(5);
  });

  it('is looked up once for many commands', async () => {
    const slack = await open();
    for (let count = 0; count < 5; count += 1) await slack.user.command(slack.channel, '/quota');
    expect(calledOf(slack, 'users.info')).toHaveLength(1);
    expect(calledOf(slack, 'conversations.info')).toHaveLength(1);
  });

  it('and names others as they are called there', async () => {
    const { core, team, user, channel, bot } = await open();
    team.addUser('bo');
    await user.write(channel, 'a portrait of @bo for #studio', { mention: true });
    await bot.settled();
    expect(core.calls).toMatchObject([{ text: 'a portrait of @bo for #studio', bare: true }]);
  });
});
