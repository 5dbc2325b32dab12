import { expect, it } from 'vitest';
import { saying } from '#tests/bots/outgoing.ts';
import { createScriptedCore } from '#tests/bots/scripted-core.ts';
import { stopAfterwards } from '#tests/bots/slack/scene.ts';
import { startSlack } from '#tests/bots/slack/start-slack.ts';
import { waitUntil } from '#tests/bots/wait-until.ts';

async function open(options: Parameters<typeof startSlack>[1] = {}) {
  const slack = await startSlack('socket', options);
  const core = createScriptedCore();
  const user = slack.team.addUser('ada');
  const channel = slack.team.addChannel('studio');
  stopAfterwards(slack.stop);
  return { ...slack, core, user, channel };
}

it('loses no command while Slack renews its connections', async () => {
  const { start, core, server, user, channel } = await open();
  await start(core);
  const texts = Array.from({ length: 40 }, (_, index) => `a fox ${index}`);
  for (const [index, text] of texts.entries()) {
    if (index % 8 === 0) server.socket.refresh();
    await user.command(channel, '/easel', text);
  }
  expect(core.calls.map((call) => call.text)).toEqual(texts);
  server.advance(1000);
  await waitUntil(() => server.socket.connections === 2, 'both are there again');
});

it('opens another connection when one is to end, and hangs up where Slack does not', async () => {
  const { start, core, server, user, channel } = await open({ timing: { staggers: [0], drainMs: 100 } });
  await start(core);
  server.socket.refresh('warning');
  await waitUntil(() => server.socket.connections === 2, 'the other one is there');
  await user.command(channel, '/help');
  await waitUntil(() => server.socket.connections === 1, 'the old one is closed');
  await user.command(channel, '/help');
  expect(core.calls).toHaveLength(2);
});

it('comes back after all connections were cut, and takes an event that was lost then', async () => {
  const { start, core, server, user, channel } = await open({ server: { retryDelaysMs: [0, 50, 50, 50, 50, 50] } });
  await start(core);
  server.socket.cut();
  const { deliveries } = await user.write(channel, 'a fox', { mention: true });
  await waitUntil(() => core.calls.length > 0, 'the event came again');
  expect(core.calls).toMatchObject([{ text: 'a fox' }]);
  expect(deliveries[0]?.error).toBeDefined();
  await waitUntil(() => server.socket.connections === 2, 'both are there again');
});

it('starts at once where Slack cannot be reached, says so once, and connects when it can be', async () => {
  const { core, bot, server, logs } = await open();
  server.fail({ match: ({ method }) => method === 'apps.connections.open', kind: 'server_error', times: 4 });
  await bot.platform.start(core);
  await waitUntil(() => server.socket.connections === 2, 'it is connected');
  const told = logs.filter(({ level, message }) => level === 'warn' && message.includes('Socket Mode'));
  expect(told).toHaveLength(2);
});

it('says which variable is wrong when Slack takes no app token, and asks no more', async () => {
  const { core, bot, server, logs } = await open({ appToken: 'xapp-of-nobody' });
  await bot.platform.start(core);
  await waitUntil(() => logs.some(({ message }) => message.includes('SLACK_APP_TOKEN')), 'it is told');
  await bot.platform.stop();
  expect(server.requests.filter(({ method }) => method === 'apps.connections.open')).toHaveLength(2);
  expect(JSON.stringify(logs)).not.toContain('xapp-of-nobody');
});

it('takes nothing in after it is stopped, and can be stopped twice', async () => {
  const { start, core, server, bot, user, channel } = await open();
  await start(core);
  core.next(saying('hello', { audience: 'private' }));
  await user.command(channel, '/help');
  await bot.platform.stop();
  await bot.platform.stop();
  await waitUntil(() => server.socket.connections === 0, 'the connections are closed');
  await expect(user.command(channel, '/help')).rejects.toThrow();
  expect(core.calls).toHaveLength(1);
});
