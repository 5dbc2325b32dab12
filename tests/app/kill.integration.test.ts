import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { isDoneCard, isGallery, playgroundClient } from '#tests/playground-client.ts';
import { startOpenAiServer } from '#tests/servers/openai.ts';

const imageCount = 20;

describe('kill -9 in the middle of a batch', () => {
  let server: Awaited<ReturnType<typeof startOpenAiServer>>;
  let databaseUrl: string;
  let dataDir: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startOpenAiServer({ apiKey: 'test-key', latencyMs: 900, sideMax: 64 });
    databaseUrl = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'easel-kill-'));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function startProcess(): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, ['src/main.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        PORT: '0',
        OPENAI_API_KEY: 'test-key',
        OPENAI_BASE_URL: server.url,
        ...(process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {}),
      },
    });
    children.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = JSON.parse(line);
      if (entry.msg === 'ready') {
        child.stdout.resume();
        return { child, url: entry.url };
      }
    }
    throw new Error('the process ended before it was ready');
  }

  it('finishes the batch after the next start, makes nothing twice that had succeeded, and posts one gallery', async () => {
    const sql = postgres(databaseUrl, { max: 1 });
    const first = await startProcess();
    const before = playgroundClient(first.url, 'ada');
    const prompts = Array.from(
      { length: imageCount },
      (_, index) => `picture ${String.fromCharCode(97 + index)} of the set`,
    );
    await before.say(`/imagine ${prompts.join('\n')}\n--draft off`);
    await before.waitFor((message) => (message.progress?.done ?? 0) >= 5);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const kept = await sql`select prompt, original from images where state = 'succeeded'`;
    expect(kept.length).toBeGreaterThanOrEqual(5);
    expect(kept.length).toBeLessThan(imageCount);

    const second = await startProcess();
    const after = playgroundClient(second.url, 'ada');
    const card = await after.waitFor(isDoneCard, 60_000);
    expect(card.progress).toEqual({ done: imageCount, total: imageCount });
    await after.waitFor(isGallery);

    for (const { prompt } of kept) expect(server.generationsOf(prompt)).toBe(1);
    const rows = await sql`select prompt, original from images where state = 'succeeded'`;
    expect(rows).toHaveLength(imageCount);
    for (const { prompt, original } of kept) expect(rows.find((row) => row.prompt === prompt)?.original).toBe(original);
    const [sums] = await sql`
      select coalesce(sum(credits) filter (where kind = 'reserve'), 0)::int as reserved,
        coalesce(sum(credits) filter (where kind = 'settle'), 0)::int as settled,
        coalesce(sum(credits) filter (where kind = 'refund'), 0)::int as refunded from ledger`;
    expect(sums?.reserved).toBe((sums?.settled ?? 0) + (sums?.refunded ?? 0));
    expect(sums?.refunded).toBe(0);
    const [day] = await sql`select held, spent from quotas`;
    expect(day).toEqual({ held: 0, spent: sums?.settled });
    const all = await after.messages();
    expect(all.filter(isGallery)).toHaveLength(1);
    expect(all.filter((message) => message.progress !== null)).toHaveLength(1);
    await sql.end();
    second.child.kill('SIGTERM');
    const [code] = await once(second.child, 'exit');
    expect(code).toBe(0);
  });
});
