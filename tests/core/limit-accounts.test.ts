import { describe, expect, it, vi } from 'vitest';
import { limitAccounts } from '#core/limit-accounts.ts';
import type { CommandCall, Reply } from '#core/ports/chat.ts';
import { createI18n } from '#src/i18n.ts';
import { createBotDeps } from '#tests/bots/bot-deps.ts';
import { keysOf, sender } from '#tests/factories.ts';

const identities = { find: () => undefined };

function open(limits = { callsMax: 3, windowSeconds: 60 }) {
  const { deps, logs } = createBotDeps();
  const asked: string[] = [];
  const run = async (call: CommandCall): Promise<Reply> => {
    asked.push(call.text);
    return { kind: 'later' };
  };
  const limited = limitAccounts({ log: deps.log, i18n: createI18n(), identities }, run, limits);
  const say = (name: string, text: string, more: Partial<CommandCall> = {}) =>
    limited({
      ...sender(name, { locale: 'zh-TW' }),
      ...{ deliveryKey: text, requestId: text, conversation: { platform: 'fake', channel: 'home/general' } },
      ...{ text, files: [] },
      ...more,
    });
  return { asked, say, logs };
}

describe('an account', () => {
  it('over its limit gets one sentence in its language, and then nothing; others go on', async () => {
    const { asked, say, logs } = open();
    for (const text of ['1', '2', '3']) expect(await say('ann', text)).toEqual({ kind: 'later' });
    const [first, ...rest] = await Promise.all(Array.from({ length: 50 }, (_, index) => say('ann', `over ${index}`)));
    expect(first && keysOf(first)).toEqual(['errors.tooFast']);
    expect(first).toMatchObject({ message: { locale: 'zh-TW', audience: 'private' } });
    expect(rest).toEqual(Array(49).fill({ kind: 'none' }));
    expect(await say('bob', '4')).toEqual({ kind: 'later' });
    expect(asked).toEqual(['1', '2', '3', '4']);
    expect(logs).toEqual([
      { level: 'warn', message: 'too many commands', values: expect.objectContaining({ event: 'account_limited' }) },
    ]);
  });

  it('is heard again when its window is over', async () => {
    vi.useFakeTimers();
    try {
      const { say } = open();
      for (let index = 0; index < 10; index += 1) await say('ann', String(index));
      vi.advanceTimersByTime(60_001);
      expect(await say('ann', 'again')).toEqual({ kind: 'later' });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is told nothing of talk that was not meant for Easel', async () => {
    const { say } = open({ callsMax: 1, windowSeconds: 60 });
    await say('ann', 'a', { overheard: true });
    expect(await say('ann', 'b', { overheard: true })).toEqual({ kind: 'none' });
  });

  it('has nothing of what it typed in the security log', async () => {
    const { say, logs } = open({ callsMax: 1, windowSeconds: 60 });
    for (const text of ['a secret prompt', 'another secret']) await say('ann', text, { requestId: 'r' });
    expect(logs).toHaveLength(1);
    expect(JSON.stringify(logs)).not.toContain('secret');
  });
});
