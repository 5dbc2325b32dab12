import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';
import { createBreakers } from '#core/batches/breakers.ts';
import { createKeptSheets } from '#core/batches/kept-sheets.ts';
import { createDeliveries } from '#core/deliveries.ts';
import { type Deps, topics } from '#core/deps.ts';
import { dispatch } from '#core/dispatch.ts';
import { createIdentityCache } from '#core/people/identity-cache.ts';
import { BlobMissingError, StorageFullError } from '#core/ports/blobs.ts';
import type { ChatPlatform, CommandCall, Reply, Role, Sender } from '#core/ports/chat.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { ImageProvider } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import type { PictureCheck } from '#core/ports/picture-check.ts';
import type { PromptWriter } from '#core/ports/writer.ts';
import { withBlurred } from '#core/safety/blurred-blobs.ts';
import { beat } from '#core/workers.ts';
import { createBlobFolder } from '#db/blob-folder.ts';
import { createBus } from '#db/bus.ts';
import { createDatabaseClient, type DatabaseClient } from '#db/client.ts';
import { createI18n } from '#src/i18n.ts';
import { createLogger } from '#src/logger.ts';
import { fakeLimits, hear } from '#tests/fakes/platform.ts';
import { createFakeProvider } from '#tests/fakes/provider.ts';
import { createMemoryQueue, type MemoryQueue } from '#tests/jobs/memory-queue.ts';
import { takeDatabase } from '#tests/take-database.ts';

/** Where links lead, as far as the core knows. */
export const publicAddress = 'https://easel.example';

export interface TestCore extends AsyncDisposable {
  deps: Deps;
  queue: MemoryQueue;
  /** As the owner of the tables, who sees every row. */
  sql: postgres.Sql;
  databaseUrl: string;
  /** Where stored files lie. */
  blobFolder: string;
  /** Everything of another process on the same database; it says that it lives until it is disposed. */
  otherProcess(): Promise<Deps>;
}

/** The core on a real database of its own, with a queue that runs when told to and nothing that runs by itself. */
export async function createTestCore(
  options: {
    providers?: readonly ImageProvider[];
    writer?: PromptWriter;
    moderator?: Moderator;
    pictureCheck?: PictureCheck;
    platforms?: readonly ChatPlatform[];
    now?: () => Date;
    publicAddress?: Deps['publicAddress'];
    breakers?: { probeAfterMs: number };
    operators?: Deps['operators'];
  } = {},
): Promise<TestCore> {
  const stack = new AsyncDisposableStack();
  const database = await takeDatabase();
  stack.defer(database.release);
  const dataDir = await mkdtemp(join(tmpdir(), 'easel-core-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const queue = createMemoryQueue();
  const providers = options.providers ?? [createFakeProvider()];

  async function openOther(): Promise<Deps> {
    const client = createDatabaseClient(database.url);
    stack.defer(() => client.close());
    return openProcess(client);
  }

  async function openProcess(client: DatabaseClient): Promise<Deps> {
    const log = createLogger(process.env.TEST_LOG_LEVEL ?? 'silent');
    const bus = await createBus(client, topics);
    const deps: Deps = {
      db: client.db,
      log,
      i18n: createI18n(),
      queue,
      blobs: withBlurred(
        createBlobFolder(
          join(dataDir, 'blobs'),
          (key) => new BlobMissingError(key),
          (cause) => new StorageFullError(cause),
        ),
      ),
      bus,
      breakers: createBreakers(options.breakers),
      deliveries: createDeliveries({ db: client.db, log }),
      identities: createIdentityCache(bus),
      sheets: createKeptSheets(),
      operators: options.operators ?? new Set(),
      providers,
      writer: options.writer,
      moderator: options.moderator,
      pictureCheck: options.pictureCheck,
      platforms: new Map((options.platforms ?? []).map((platform) => [platform.id, platform])),
      publicAddress: options.publicAddress ?? (() => publicAddress),
      now: options.now ?? (() => new Date()),
      workerId: randomUUID(),
      pulse: {},
      busy: new Set(),
    };
    await beat(deps);
    return deps;
  }

  return {
    deps: await openProcess(database.client),
    queue,
    sql: database.sql,
    databaseUrl: database.url,
    blobFolder: join(dataDir, 'blobs'),
    otherProcess: openOther,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Somebody who asks, in a workspace and channel named by words; the same words are the same rows. */
export function sender(
  name: string,
  options: { workspace?: string; channel?: string; role?: Role; locale?: string; limits?: Partial<ChatLimits> } = {},
): Sender {
  const { workspace = 'home', channel = 'general', role = 'member', locale = 'en' } = options;
  return {
    platform: 'fake',
    workspace: { platformId: workspace, name: workspace },
    channel: { platformId: `${workspace}/${channel}`, name: channel, limits: { ...fakeLimits, ...options.limits } },
    account: { platformId: name, name, standing: role },
    locale,
  };
}

type SaidOptions = Partial<Pick<CommandCall, 'deliveryKey' | 'files' | 'bare' | 'repliesTo' | 'overheard'>>;

/** What a platform hands to the core for a typed line. */
function commandCall(who: Sender, text: string, options: SaidOptions = {}): CommandCall {
  return {
    ...who,
    deliveryKey: randomUUID(),
    requestId: randomUUID(),
    conversation: { platform: who.platform, channel: who.channel.platformId, thread: who.account.platformId },
    text,
    files: [],
    ...options,
  };
}

/** Types a command and resolves to the answer. */
export function say(
  core: Pick<TestCore, 'deps'>,
  who: Sender,
  text: string,
  options: SaidOptions = {},
): Promise<Reply> {
  hear(core.deps.platforms.get(who.platform), who);
  return dispatch(core.deps, commandCall(who, text, options));
}

/** Asks for pictures, which must be accepted, and resolves to the batch's id. */
export async function request(core: Pick<TestCore, 'deps'>, who: Sender, text: string): Promise<string> {
  const first = await say(core, who, `/imagine ${text}`);
  const run = first.kind === 'message' && first.message.actions.find(({ id }) => /^draft \w+ run$/.test(id));
  const reply = run ? await say(core, who, run.id) : first;
  const id = reply.kind === 'message' ? reply.message.fields[0]?.value : undefined;
  if (!id || !('verbatim' in id)) throw new Error(`not accepted: ${JSON.stringify(reply)}`);
  return id.verbatim;
}

/** The sentence keys of an answer. */
export function keysOf(reply: Reply): string[] {
  if (reply.kind !== 'message') return [];
  return reply.message.lines.flatMap((line) => ('key' in line ? [line.key] : []));
}

/** What the buttons of an answer would type. */
export function actionsOf(reply: Reply): string[] {
  return reply.kind === 'message' ? reply.message.actions.map(({ id }) => id) : [];
}

/** The books: what each kind adds up to, what is held and what is spent, over everybody. */
export async function books({ sql }: Pick<TestCore, 'sql'>) {
  const rows = await sql<{ kind: string; credits: number }[]>`
    select kind, sum(credits)::int as credits from ledger group by kind`;
  const [day] = await sql<{ held: number; spent: number }[]>`
    select coalesce(sum(held), 0)::int as held, coalesce(sum(spent), 0)::int as spent from quotas`;
  const sum = (kind: string) => rows.find((row) => row.kind === kind)?.credits ?? 0;
  return {
    reserve: sum('reserve'),
    settle: sum('settle'),
    refund: sum('refund'),
    held: day?.held ?? 0,
    spent: day?.spent ?? 0,
  };
}

/** A batch's images in order, as they are stored. */
export async function imagesOf({ sql }: Pick<TestCore, 'sql'>, batchId: string) {
  return sql<
    {
      id: string;
      number: number;
      state: string;
      attempts: number;
      failure: string | null;
      failure_detail: string | null;
      approved: boolean;
      original: string | null;
      thumbnail: string | null;
      seed: string;
      warnings: string[];
    }[]
  >`select * from images where batch_id = ${batchId} order by number`;
}
