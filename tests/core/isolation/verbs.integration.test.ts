import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '#core/commands/index.ts';
import { complete } from '#core/complete.ts';
import { alone } from '#tests/core/postings/chat.ts';
import { say } from '#tests/factories.ts';
import {
  foreignLines,
  foreignPerson,
  openTwoWorkspaces,
  secret,
  type TwoWorkspaces,
  who,
  withoutTyped,
} from './two-workspaces.ts';

let two: TwoWorkspaces;
beforeAll(async () => {
  two = await openTwoWorkspaces();
});
afterAll(() => two.core[Symbol.asyncDispose]());

const roles = ['owner', 'member'] as const;

/** What is said back, without what was typed. */
async function answered(role: (typeof roles)[number], line: string): Promise<string> {
  const reply = await say(two.core, who(role), line);
  return JSON.stringify(reply);
}

describe('the other workspace', () => {
  it('has one of everything there is to be named, and buttons to press', () => {
    expect(Object.values(two.foreign).every((id) => id.length > 2)).toBe(true);
    expect(two.actions.length).toBeGreaterThan(8);
    expect(foreignLines(two.foreign).length).toBeGreaterThan(20);
  });

  it.each(roles)('is neither read nor changed by any command with any of its ids, as %s', async (role) => {
    const before = await two.foreignRows();
    for (const line of foreignLines(two.foreign)) {
      const said = await answered(role, line);
      // Its name may be said back where it was typed, and nothing of what stands behind it.
      expect(withoutTyped(said, line), line).not.toContain(secret);
    }
    await two.core.queue.run(two.core.deps);
    expect(await two.foreignRows()).toBe(before);
  });

  it.each(roles)('is neither read nor changed by pressing any of its buttons, as %s', async (role) => {
    const before = await two.foreignRows();
    for (const action of two.actions) expect(await answered(role, action), action).not.toContain(secret);
    await two.core.queue.run(two.core.deps);
    expect(await two.foreignRows()).toBe(before);
  });

  it('is neither read nor changed by who is alone with the bot and runs nothing there', async () => {
    const before = await two.foreignRows();
    const lines = foreignLines(two.foreign);
    expect(lines).toContain(`/admin approve ${two.foreign.draft} @${foreignPerson}`);
    for (const line of [...lines, ...two.actions]) {
      const said = JSON.stringify(await say(two.core, alone('one’s own', 'olga'), line));
      expect(withoutTyped(said, line), line).not.toContain(secret);
    }
    expect(await two.foreignRows()).toBe(before);
  });

  it('is neither read nor changed by answering one of its messages', async () => {
    const before = await two.foreignRows();
    const [ref] = await two.core.sql`select ref from postings where ref is not null limit 1`;
    const known = ref?.ref ?? { platform: 'fake', channel: 'two/general', message: '1' };
    for (const text of ['/status', '/cancel', '1', '/vary 1']) {
      const reply = await say(two.core, who('owner'), text, {
        repliesTo: { channel: known.channel, message: known.message },
      });
      expect(JSON.stringify(reply), text).not.toContain(secret);
    }
    expect(await two.foreignRows()).toBe(before);
  });

  it('completes no word of any command', async () => {
    for (const role of roles) {
      for (const command of commands) {
        for (const line of [
          `/${command.name} `,
          `/${command.name} ${two.foreign.batch.slice(0, 2)}`,
          ...command.options.map(({ name }) => `/${command.name} --${name} `),
        ]) {
          const choices = JSON.stringify(await complete(two.core.deps, who(role), line));
          expect(choices, line).not.toContain(secret);
          expect(choices, line).not.toContain(two.foreign.batch);
          expect(choices, line).not.toContain(two.foreign.draft);
        }
      }
    }
  });

  it('is not in any list', async () => {
    for (const line of ['/status', '/preset', '/quota', '/admin audit', '/settings', '/draft']) {
      expect(await answered('owner', line), line).not.toContain(secret);
    }
  });
});
