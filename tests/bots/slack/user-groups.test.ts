import { describe, expect, it } from 'vitest';
import { createUserGroups } from '#bots/slack/user-groups.ts';
import { createLogger } from '#src/logger.ts';
import { listenForWebhook } from '#tests/bots/listen-for-webhook.ts';
import { calledOf, open, stopAfterwards } from '#tests/bots/slack/scene.ts';

describe('user groups', () => {
  it('come with who speaks, asked for once, and anew when Slack tells of a change', async () => {
    const slack = await open();
    const { core, team, user, channel, bot } = slack;
    const group = await team.addGroup('designers', [user]);
    for (let count = 0; count < 3; count += 1) await user.command(channel, '/quota');
    await bot.settled();
    await group.setUsers([]);
    await user.command(channel, '/quota');
    await bot.settled();
    const roles = core.calls.map(({ account }) => account.platformRoles);
    expect(roles).toEqual([[group.id], [group.id], [group.id], undefined]);
    expect(calledOf(slack, 'usergroups.list')).toHaveLength(2);
  });

  it('are forgotten by every process when one of them hears of a change', async () => {
    const { core, team, user, channel, bot, server, eventsUrl, another } = await open();
    const group = await team.addGroup('designers', [user]);
    await user.command(channel, '/quota');
    await bot.settled();
    const other = another();
    const http = await listenForWebhook();
    http.serve(other);
    stopAfterwards(async () => {
      await other.platform.stop();
      await http.close();
    });
    await other.platform.start(core);
    server.deliverTo(`${http.url}/slack/events`);
    await group.setUsers([]);
    server.deliverTo(eventsUrl);
    await user.command(channel, '/quota');
    await bot.settled();
    expect(core.calls.map(({ account }) => account.platformRoles)).toEqual([[group.id], undefined]);
  });

  it('and what Slack says of a person are forgotten when it tells of a change', async () => {
    const { core, user, channel, bot } = await open();
    await user.command(channel, '/quota');
    await bot.settled();
    await user.change({ admin: true });
    await user.command(channel, '/quota');
    await bot.settled();
    expect(core.calls.map(({ account }) => account.standing)).toEqual(['member', 'admin']);
  });

  it('are not taken to be none, or as before, by who has to know, while Slack does not say', async () => {
    const said: unknown[] = [{ usergroups: [{ id: 'S1', handle: 'designers', users: ['U1'] }] }];
    const call = async () => said.shift() ?? Promise.reject(new Error('down'));
    const groups = createUserGroups({ call }, createLogger('silent'));
    expect(await groups.ask('U1')).toEqual(['S1']);
    groups.forget();
    await expect(groups.ask('U1')).rejects.toThrow('down');
    expect(await groups.of('U1')).toEqual([]);
  });

  it('are named where they are mentioned, in commands and in messages', async () => {
    const { core, team, user, channel, bot } = await open();
    const group = await team.addGroup('designers');
    await user.command(channel, '/admin', 'role map @designers member');
    await user.write(channel, 'admin role map @designers member', { mention: true });
    await bot.settled();
    const mention = { typed: '@designers', kind: 'role', platformId: group.id, name: 'designers' };
    expect(core.calls).toMatchObject([
      { text: '/admin role map @designers member', mentions: [mention] },
      { text: 'admin role map @designers member', mentions: [mention] },
    ]);
  });

  it('are none where the app lacks the scope for them, and commands work', async () => {
    const slack = await open();
    const { core, team, user, channel, bot } = slack;
    await team.addGroup('designers', [user]);
    team.setScopes(['commands', 'chat:write', 'users:read', 'channels:read', 'im:write']);
    for (let count = 0; count < 2; count += 1) await user.command(channel, '/quota');
    await bot.settled();
    expect(core.calls.map(({ account }) => account.platformRoles)).toEqual([undefined, undefined]);
    expect(calledOf(slack, 'usergroups.list')).toHaveLength(1);
  });

  it('are known without a question once asked for, and none while Slack does not say', async () => {
    const said: unknown[] = [{ usergroups: [{ id: 'S1', handle: 'designers', users: ['U1'] }] }];
    const call = async () => said.shift() ?? Promise.reject(new Error('down'));
    const groups = createUserGroups({ call }, createLogger('silent'));
    expect(await groups.of('U1')).toEqual(['S1']);
    expect(groups.knownOf('U2')).toEqual([]);
    groups.forget();
    expect(groups.knownOf('U1')).toBeUndefined();
    expect(await groups.of('U1')).toEqual([]);
  });
});
