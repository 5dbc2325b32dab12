import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweep } from '#core/batches/sweep.ts';
import type { Deps } from '#core/deps.ts';
import { answeredWith, answerWith, type Webhook } from '#core/ports/webhook.ts';
import { createWaitingLine, type WaitingLine } from '#core/waiting/waiting-line.ts';
import { createTestCore, type TestCore } from '#tests/factories.ts';

const limits = { atOnce: 2, atOnceMax: 2, waitingMax: 3, turnWithinMs: 3_600_000, lookEveryMs: 100 };
const headers = {};

let core: TestCore;
let lines: WaitingLine[];
beforeEach(async () => {
  core = await createTestCore();
  lines = [];
});
afterEach(async () => {
  await Promise.all(lines.map((line) => line.stop()));
  await core[Symbol.asyncDispose]();
});

/** A webhook whose work goes on until it is let go, behind a line of its own. */
function openDoor({ deps = core.deps, path = '/door', held = true, ...changed }: Options = {}) {
  const log = { begun: [] as string[], done: [] as string[] };
  const gates: (() => void)[] = [];
  let isHeld = held;
  let failures = 0;
  async function work(name: string): Promise<void> {
    log.begun.push(name);
    if (isHeld) await new Promise<void>((resolve) => gates.push(resolve));
    if (failures > 0) {
      failures -= 1;
      throw new Error('not now');
    }
    log.done.push(name);
  }
  const webhook: Webhook = {
    path,
    bodyBytesMax: 100,
    read(body) {
      const name = body.toString();
      if (name.startsWith('forged')) return answeredWith({ status: 401 });
      const answer = async () => {
        await work(name);
        return answerWith(200, 'text/plain', `answer to ${name}`);
      };
      const later = { answer: answerWith(200, 'text/plain', 'later'), delivery: name };
      return name.startsWith('form') ? { answer } : { answer, postpone: () => later };
    },
    resume: work,
  };
  const line = createWaitingLine(deps, [webhook], { ...limits, ...changed });
  lines.push(line);
  const served = line.webhooks[0];
  return {
    ...log,
    line,
    post: async (name: string) => String((await served?.read(Buffer.from(name), headers).answer())?.body ?? 'refused'),
    letGo() {
      isHeld = false;
      for (const open of gates.splice(0)) open();
    },
    fail(times: number) {
      failures = times;
    },
  };
}

type Options = { deps?: Deps; path?: string; held?: boolean } & Partial<typeof limits>;

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const rows = async () => (await core.sql`select 1 from waiting_deliveries`).length;
const patiently = { timeout: 10_000, interval: 20 };
/** Nobody has said a word for them for a while. */
const silence = () => core.sql`update waiting_deliveries set held_until = now() - interval '1 second'`;

describe('a crowd', () => {
  it('is answered directly as far as there is room, the others once they are written down, and all are done in order', async () => {
    const door = openDoor();
    door.line.start();
    const direct = names('direct', 5).map((name) => door.post(name));
    const later = names('later', 30).map((name) => door.post(name));
    expect(await Promise.all(later)).toEqual(Array(30).fill('later'));
    expect(await rows()).toBe(30);
    expect(door.begun).toEqual(['direct0', 'direct1']);
    door.letGo();
    expect(await Promise.all(direct)).toEqual(names('direct', 5).map((name) => `answer to ${name}`));
    await expect.poll(rows, patiently).toBe(0);
    expect(door.done).toEqual([...names('direct', 5), ...names('later', 30)]);
  });

  it('that comes while others wait stands behind them', async () => {
    const door = openDoor();
    const posted = names('first', 6).map((name) => door.post(name));
    await expect.poll(rows, patiently).toBe(1);
    door.letGo();
    await Promise.all(posted);
    expect(await door.post('second')).toBe('later');
    door.line.start();
    await expect.poll(() => door.done, patiently).toEqual([...names('first', 6), 'second']);
    await expect.poll(rows, patiently).toBe(0);
    expect(await door.post('third')).toBe('answer to third');
  });

  it('that was written down while every turn was taken is begun when they end, and not only at the next look', async () => {
    const door = openDoor({ lookEveryMs: 3_600_000 });
    door.line.start();
    const direct = names('direct', 5).map((name) => door.post(name));
    expect(await door.post('later')).toBe('later');
    door.letGo();
    await Promise.all(direct);
    await expect.poll(() => door.done, patiently).toContain('later');
    await expect.poll(rows, patiently).toBe(0);
  });

  it('whose turn does not come in time is written down and acknowledged, and done once', async () => {
    const door = openDoor({ turnWithinMs: 50 });
    door.line.start();
    const direct = names('direct', 2).map((name) => door.post(name));
    const late = names('late', 3).map((name) => door.post(name));
    expect(await Promise.all(late)).toEqual(Array(3).fill('later'));
    expect(await rows()).toBe(3);
    door.letGo();
    expect(await Promise.all(direct)).toEqual(names('direct', 2).map((name) => `answer to ${name}`));
    await expect.poll(rows, patiently).toBe(0);
    expect(door.done).toEqual([...names('direct', 2), ...names('late', 3)]);
  });

  it('whose turn does not come in time takes along what came after it, so that all keep their order', async () => {
    const door = openDoor({ turnWithinMs: 300 });
    door.line.start();
    const direct = names('direct', 2).map((name) => door.post(name));
    const late = door.post('late');
    await sleep(200);
    const behind = door.post('behind');
    expect(await late).toBe('later');
    door.letGo();
    expect(await behind).toBe('later');
    await Promise.all(direct);
    await expect.poll(() => door.done, patiently).toEqual([...names('direct', 2), 'late', 'behind']);
  });

  it('lets what cannot wait in at once, and refuses what is not from the platform', async () => {
    const door = openDoor();
    const posted = names('one', 6).map((name) => door.post(name));
    await expect.poll(rows, patiently).toBe(1);
    expect(await door.post('forged')).toBe('refused');
    const form = door.post('form');
    await expect.poll(() => door.begun, patiently).toContain('form');
    door.letGo();
    expect(await form).toBe('answer to form');
    await Promise.all(posted);
    expect(await rows()).toBe(1);
  });

  it('is answered directly where nothing can be written down', async () => {
    const door = openDoor({ held: false });
    await core.sql`revoke insert on waiting_deliveries from easel_across`;
    const answers = await Promise.all(names('one', 20).map((name) => door.post(name)));
    expect(answers).toEqual(names('one', 20).map((name) => `answer to ${name}`));
    expect(await rows()).toBe(0);
    await core.sql`grant insert on waiting_deliveries to easel_across`;
  });
});

describe('what waits', () => {
  /** Written down by a process that did nothing else. */
  async function leave(count: number): Promise<void> {
    const door = openDoor();
    const posted = names('', count + 5).map((name) => door.post(name));
    await Promise.all(posted.slice(5));
    door.letGo();
    await Promise.all(posted);
  }

  it('is done by the next process where one died with it, a while after its last word', async () => {
    await leave(8);
    await core.sql`update waiting_deliveries set attempts = 1, held_until = now() + interval '1 second'`;
    const next = openDoor({ held: false });
    next.line.start();
    await sleep(300);
    expect(next.begun).toEqual([]);
    await expect.poll(rows, patiently).toBe(0);
    expect(next.done).toEqual(names('', 13).slice(5));
  });

  it('stays with a process for as long as it is at it', async () => {
    await leave(3);
    const slow = openDoor();
    slow.line.start();
    await expect.poll(() => slow.begun, patiently).toHaveLength(2);
    await core.sql`update waiting_deliveries set held_until = now() + interval '1 second'`;
    await expect
      .poll(
        async () =>
          (await core.sql`select 1 from waiting_deliveries where held_until > now() + interval '10 s'`).length,
        patiently,
      )
      .toBe(3);
    slow.letGo();
  });

  it('is shared by two processes, each of it done once', async () => {
    await leave(60);
    const doors = [openDoor({ held: false }), openDoor({ deps: await core.otherProcess(), held: false })];
    for (const { line } of doors) line.start();
    await expect.poll(rows, patiently).toBe(0);
    const done = doors.flatMap((door) => door.done);
    expect(done.toSorted()).toEqual(names('', 65).slice(5).toSorted());
  });

  it('is left to others at once when a process stops', async () => {
    await leave(40);
    const first = openDoor();
    first.line.start();
    await expect.poll(() => first.begun, patiently).toHaveLength(2);
    const stopped = first.line.stop();
    const second = openDoor({ deps: await core.otherProcess(), held: false });
    second.line.start();
    first.letGo();
    await stopped;
    await expect.poll(rows, patiently).toBe(0);
    expect([...first.done, ...second.done].toSorted()).toEqual(names('', 45).slice(5).toSorted());
  });

  it('and could not be done is tried again, and given up in the end', async () => {
    await leave(1);
    const door = openDoor({ held: false });
    door.fail(1);
    door.line.start();
    await expect.poll(() => door.begun, patiently).toEqual(['5']);
    await silence();
    await expect.poll(() => door.done, patiently).toEqual(['5']);
    await expect.poll(rows, patiently).toBe(0);
    await door.line.stop();
    await leave(1);
    await core.sql`update waiting_deliveries set attempts = 40`;
    const again = openDoor({ held: false });
    again.line.start();
    await expect.poll(rows, patiently).toBe(0);
    expect(again.begun).toEqual([]);
  });

  it('for a platform that is switched off stays until it is switched on, at most a day', async () => {
    await leave(1);
    const other = openDoor({ path: '/other', held: false });
    other.line.start();
    await sleep(300);
    expect(other.begun).toEqual([]);
    await sweep(core.deps);
    expect(await rows()).toBe(1);
    await core.sql`update waiting_deliveries set created_at = now() - interval '25 hours'`;
    await sweep(core.deps);
    expect(await rows()).toBe(0);
  });
});
