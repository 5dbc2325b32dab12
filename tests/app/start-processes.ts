import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { type Chat, startChat, type Way } from '#tests/app/chats.ts';
import { createTestDatabase } from '#tests/create-test-database.ts';
import { type EaselProcess, startProcess } from '#tests/start-process.ts';

export interface ServiceProcesses extends AsyncDisposable {
  chats: Chat[];
  sql: postgres.Sql;
  /** Starts a process of its own that runs these parts only, and waits until it is ready. */
  start(parts: string, port?: number): Promise<EaselProcess>;
}

/** The three platforms' local servers, and processes of one Easel on one database; whatever still runs is killed in the end. */
export async function startProcesses(way: Way): Promise<ServiceProcesses> {
  const chats = await Promise.all((['discord', 'slack', 'telegram'] as const).map((id) => startChat[id](way)));
  const databaseUrl = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-processes-'));
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  const processes: EaselProcess[] = [];
  return {
    chats,
    sql,
    async start(parts, port = 0) {
      const easel = startProcess('main', {
        ...Object.assign({}, ...chats.map((chat) => chat.env(port === 0 ? '' : `http://127.0.0.1:${port}`))),
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        PORT: String(port),
        EASEL_RUN: parts,
        ...(process.env.REDIS_URL ? { REDIS_URL: process.env.REDIS_URL } : {}),
      });
      processes.push(easel);
      await easel.ready();
      return easel;
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of processes) child.kill('SIGKILL');
      await Promise.all(processes.map(({ ended }) => ended));
      await Promise.all(chats.map((chat) => chat.stop()));
      await sql.end();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
