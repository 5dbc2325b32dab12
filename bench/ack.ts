import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { withDataDir, withEasel } from './easel.ts';
import { round, summarize } from './figures.ts';

const count = 500;
const warmUpCount = 40;
const inFlightSteps = [1, 8];
const people = ['ada', 'bo', 'cy'];
const commands = ['/imagine a red fox in snow', '/status', '/quota'];
const raiseCredits = '/settings --credits-owner 100000 --credits-member 100000 --credits-guest 100000';

interface Timed {
  command: string;
  ms: number;
}

/** How long a command takes to be acknowledged at the HTTP edge, while its pictures are being made; beside it one insert. */
export async function run(): Promise<object[]> {
  const limits = await withDataDir(measureLimit);
  return withDataDir((dataDir) =>
    withEasel(dataDir, async (url) => {
      const post = (index: number) => {
        const command = commands[index % commands.length] ?? '';
        // Each person gets each command in turn.
        const user = people[Math.floor(index / commands.length) % people.length];
        return timePost(`${url}/playground/api/messages`, command, { user, text: command });
      };
      await timePost(`${url}/playground/api/messages`, '', { user: 'ada', text: raiseCredits });
      await sendAll(warmUpCount, 1, post);
      const results: object[] = [];
      for (const [step, inFlight] of inFlightSteps.entries()) {
        const timed = await sendAll(count, inFlight, post);
        const by = (command: string) =>
          summarize(timed.filter((one) => one.command === command).map(({ ms }) => ms)).p95Ms;
        results.push({
          bench: 'ack',
          count,
          inFlight,
          ...summarize(timed.map(({ ms }) => ms)),
          p95MsOf: Object.fromEntries(commands.map((command) => [command.split(' ')[0], by(command)])),
          limit: limits[step],
        });
      }
      return results;
    }),
  );
}

/** A bare route that does one insert, asked in the same way. */
async function measureLimit(dataDir: string): Promise<object[]> {
  const path = fileURLToPath(new URL('insert-server.ts', import.meta.url));
  const child = spawn(process.execPath, [path, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    let url = '';
    for await (const line of createInterface({ input: child.stdout })) {
      url = JSON.parse(line).url ?? '';
      if (url) break;
    }
    const post = () => timePost(url, '', { user: 'ada', text: commands[0] });
    await sendAll(warmUpCount, 1, post);
    const limits: object[] = [];
    for (const inFlight of inFlightSteps) {
      const { p50Ms, p95Ms } = summarize((await sendAll(count, inFlight, post)).map(({ ms }) => ms));
      limits.push({ p50Ms, p95Ms });
    }
    return limits;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Sends `total` requests, the next as soon as one of `inFlight` was answered. */
async function sendAll(total: number, inFlight: number, post: (index: number) => Promise<Timed>): Promise<Timed[]> {
  const timed: Timed[] = [];
  let next = 0;
  const lane = async () => {
    while (next < total) timed.push(await post(next++));
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return timed;
}

async function timePost(url: string, command: string, body: object): Promise<Timed> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`${command}: ${response.status} ${text}`);
  return { command, ms: round(performance.now() - startedAt) };
}
