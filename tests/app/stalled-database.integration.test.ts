import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readCall } from '#bots/playground/inbound.ts';
import { users } from '#bots/playground/room.ts';
import { createChatCore } from '#core/chat-core.ts';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { createLogger } from '#src/logger.ts';
import { keysOf } from '#tests/factories.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startTestApp } from '#tests/start-test-app.ts';

/** Stops or continues the server with all its sessions. */
async function signalAll(pid: number, signal: NodeJS.Signals): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const one of [pid, ...children.trim().split(' ').map(Number)]) process.kill(one, signal);
}

it.runIf(process.platform === 'linux')(
  'a database that stands still costs people a sentence in time; what was taken in is made once it goes on',
  async () => {
    await using stack = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'easel-stalled-'));
    stack.defer(() => rm(dataDir, { recursive: true, force: true }));
    const database = await startEmbeddedPostgres({ dataDir, log: createLogger('silent') });
    stack.defer(() => database.stop());
    const app = stack.use(await startTestApp({ DATABASE_URL: database.url }));
    const core = createChatCore(app.deps);
    const [ada] = users;
    if (!ada) throw new Error('nobody is in the playground');
    const say = (deliveryKey: string, text: string) =>
      core.onCall(readCall(ada, { deliveryKey, requestId: deliveryKey, text, files: [] }));
    await say('first', '/status');
    const [row] = await app.sql`show data_directory`;
    const pid = Number((await readFile(join(row?.data_directory, 'postmaster.pid'), 'utf8')).split('\n')[0]);

    await signalAll(pid, 'SIGSTOP');
    const startedAt = performance.now();
    try {
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, index) => say(`call-${index}`, index === 0 ? '/imagine a fox' : '/status')),
      );
      expect(performance.now() - startedAt).toBeLessThan(9_500);
      const keys = replies.flatMap(keysOf);
      expect(keys.filter((key) => key === 'errors.slow')).toHaveLength(8);
      expect(keys.filter((key) => key === 'errors.busy')).toHaveLength(4);
    } finally {
      await signalAll(pid, 'SIGCONT');
    }

    const page = playgroundClient(app.url, 'ada');
    await page.waitFor(isGallery);
    await page.waitFor(isDoneCard);
    expect(await app.sql`select 1 from batches`).toHaveLength(1);
    expect(keysOf(await say('last', '/quota'))).not.toContain('errors.busy');
  },
);
