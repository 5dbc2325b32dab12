import { describe, expect, it } from 'vitest';
import { admitCalls } from '#core/admit-calls.ts';
import type { CommandCall, Reply } from '#core/ports/chat.ts';
import { createI18n } from '#src/i18n.ts';
import { createLogger } from '#src/logger.ts';
import { keysOf, sender } from '#tests/factories.ts';

const limits = { atOnceMax: 5, ofPersonMax: 2, answerMaxMs: 3_600_000, answerWithFilesMaxMs: 3_600_000 };
const identities = { find: () => undefined, keep: () => undefined, clear: () => undefined };
const deps = { log: createLogger('silent'), i18n: createI18n(), identities };

/** Calls that go on until they are let go. */
function createGate(changed: Partial<typeof limits> = {}) {
  const held: (() => void)[] = [];
  const run = () => new Promise<Reply>((resolve) => held.push(() => resolve({ kind: 'none' })));
  const admitted = admitCalls(deps, run, { ...limits, ...changed });
  const call = (name: string, locale = 'en'): CommandCall => ({
    ...sender(name, { locale }),
    deliveryKey: name,
    requestId: name,
    conversation: { platform: 'fake', channel: 'home/general' },
    text: '/status',
    files: [],
  });
  return { held, ask: (name: string, locale?: string) => admitted(call(name, locale)) };
}

describe('commands at once', () => {
  it('over the limit of a process are refused at once, in the language of who asks, and fit again later', async () => {
    const gate = createGate();
    const running = ['a', 'b', 'c', 'd', 'e'].map((name) => gate.ask(name));
    const refused = await gate.ask('f', 'zh-TW');
    expect(keysOf(refused)).toEqual(['errors.busy']);
    expect(refused).toMatchObject({ message: { locale: 'zh-TW', audience: 'private' } });
    expect(gate.held).toHaveLength(5);
    for (const letGo of gate.held) letGo();
    await Promise.all(running);
    const later = gate.ask('f');
    gate.held[5]?.();
    expect(await later).toEqual({ kind: 'none' });
  });

  it('of one person over theirs are refused, and those of others are not', async () => {
    const gate = createGate();
    const running = [gate.ask('a'), gate.ask('a')];
    expect(keysOf(await gate.ask('a'))).toEqual(['errors.busy']);
    running.push(gate.ask('b'));
    expect(gate.held).toHaveLength(3);
    for (const letGo of gate.held) letGo();
    expect(await Promise.all(running)).toEqual(Array(3).fill({ kind: 'none' }));
  });

  it('that take too long are answered with a sentence, and keep their place until they have ended', async () => {
    const gate = createGate({ answerMaxMs: 1, ofPersonMax: 1 });
    expect(keysOf(await gate.ask('a'))).toEqual(['errors.slow']);
    expect(keysOf(await gate.ask('a'))).toEqual(['errors.busy']);
    gate.held[0]?.();
    await new Promise(setImmediate);
    expect(keysOf(await gate.ask('a'))).toEqual(['errors.slow']);
  });
});
