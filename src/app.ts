import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { room } from '#bots/playground/room.ts';
import type { PlaygroundContent } from '#bots/playground/store.ts';
import type { SlackInstallation } from '#bots/slack/installer.ts';
import { createBreakers } from '#core/batches/breakers.ts';
import { createKeptSheets } from '#core/batches/kept-sheets.ts';
import { createChatCore } from '#core/chat-core.ts';
import { createDeliveries } from '#core/deliveries.ts';
import { type Deps, topics } from '#core/deps.ts';
import { createIdentityCache } from '#core/people/identity-cache.ts';
import { BlobMissingError, StorageFullError } from '#core/ports/blobs.ts';
import { withBlurred } from '#core/safety/blurred-blobs.ts';
import { createWaitingLine } from '#core/waiting/waiting-line.ts';
import { createBlobFolder } from '#db/blob-folder.ts';
import { createBus } from '#db/bus.ts';
import { createDatabaseClient } from '#db/client.ts';
import { startEmbeddedPostgres } from '#db/embedded.ts';
import { openKeyFile } from '#db/key-file.ts';
import type { Keys } from '#db/keys.ts';
import { createLease } from '#db/lease.ts';
import { migrateDatabase } from '#db/migrate.ts';
import { persist } from '#db/persist.ts';
import { createPlaygroundStore } from '#db/playground-store.ts';
import { createSlackInstallations } from '#db/slack-installations.ts';
import { createDownloadRoutes } from '#http/download-routes.ts';
import { startHttpServer } from '#http/server.ts';
import { createJobQueue } from '#jobs/queue.ts';
import { openPostgresBackend, openRedisBackend } from '#jobs/queue-backend.ts';
import { startWorker, workerQueues } from '#jobs/worker.ts';
import { createModerator, createProviders, createWriter } from '#providers/index.ts';
import { type Config, isLoopback } from '#src/config.ts';
import { download } from '#src/download.ts';
import { createI18n } from '#src/i18n.ts';
import { logRefusals } from '#src/log-refusals.ts';
import type { Logger } from '#src/logger.ts';
import { post } from '#src/post.ts';

export interface App extends AsyncDisposable {
  url: string;
  /** Addresses of the pages that people open. */
  pages: readonly string[];
  deps: Deps;
}

/** What tests put in place of the real thing, and what main wants to hear. */
export interface AppOptions {
  log: Logger;
  overrides?: Partial<Pick<Deps, 'now' | 'providers' | 'writer' | 'pictureCheck'>>;
  /** Something the process cannot go on without has died. */
  onFatal?: (message: string) => void;
}

/** Where something secret is to be kept, and no key was set: the configuration lets that be outside of production alone. */
async function openOwnKeys({ bots, dataDir }: Config, log: Logger): Promise<Keys | undefined> {
  if (!bots.some(({ keepsSecrets }) => keepsSecrets)) return undefined;
  log.warn(
    'secrets are encrypted with a key that lies in DATA_DIR beside them: set EASEL_KEYS before others rely on it',
  );
  return openKeyFile(dataDir);
}

/** Builds everything in order and starts the parts that the configuration names; disposing stops them in reverse. */
export async function startApp(config: Config, { log, overrides = {}, onFatal }: AppOptions): Promise<App> {
  await using started = new AsyncDisposableStack();
  const databaseUrl = config.databaseUrl ?? (await startDatabase(config, log, started, onFatal));
  await migrateDatabase(databaseUrl);
  const client = createDatabaseClient(databaseUrl);
  started.defer(() => client.close());

  const blobs = withBlurred(
    createBlobFolder(
      join(config.dataDir, 'blobs'),
      (key) => new BlobMissingError(key),
      (cause) => new StorageFullError(cause),
    ),
  );
  await blobs.check();
  const bus = await createBus(client, topics);
  const i18n = createI18n();
  const guarded = { download: logRefusals(download, log), post: logRefusals(post, log) };
  const providers = overrides.providers ?? createProviders(config.providers, { fetch, download: guarded.download });
  const lease = createLease(databaseUrl, log);
  const keys = config.keys ?? (await openOwnKeys(config, log));
  const installations = keys && createSlackInstallations<SlackInstallation>(client.db, keys);
  await installations?.check();
  const stores = {
    playground: createPlaygroundStore<PlaygroundContent>(client.db, room),
    ...(installations ? { slack: installations } : {}),
  };
  const bots = config.bots.map((bot) => bot.create({ log, i18n, blobs, bus, ...guarded, lease, stores }));

  const listening = bots.filter(({ part }) => config.run.has(part));
  /** Whose people have a page of ours open, and so reach this server by its own address. */
  const pagePlatforms = new Set(listening.flatMap(({ platform, page }) => (page ? [platform.id] : [])));

  const queueCount = workerQueues({ providers }).length;
  const backend = config.redisUrl
    ? await openRedisBackend(config.redisUrl, databaseUrl, log)
    : // The database was there a moment ago.
      await persist(() => openPostgresBackend(databaseUrl, queueCount, log));
  started.defer(() => backend.close());
  const queue = await createJobQueue(
    backend,
    providers.map((provider) => provider.id),
    log,
  );
  started.defer(() => queue.close());

  const pictureCheck = overrides.pictureCheck ?? config.pictureCheck?.create();
  started.defer(() => pictureCheck?.stop());

  let serverUrl: string | undefined;
  const deps: Deps = {
    db: client.db,
    log,
    i18n,
    queue,
    blobs,
    bus,
    breakers: createBreakers(),
    deliveries: createDeliveries({ db: client.db, log }),
    identities: createIdentityCache(bus),
    sheets: createKeptSheets(),
    operators: config.operators,
    providers,
    writer: overrides.writer ?? createWriter(config.providers, { fetch }),
    moderator: createModerator(config.providers, { fetch }),
    pictureCheck,
    platforms: new Map(bots.map(({ platform }) => [platform.id, platform])),
    publicAddress: (platform) =>
      config.publicUrl?.replace(/\/+$/, '') ?? (pagePlatforms.has(platform) ? serverUrl : undefined),
    now: overrides.now ?? (() => new Date()),
    workerId: randomUUID(),
    pulse: {},
    busy: new Set(),
  };

  started.defer(() => deps.deliveries.flush());
  const core = createChatCore(deps);
  for (const { platform } of listening) {
    await platform.start(core);
    started.defer(() => platform.stop());
  }
  const line = createWaitingLine(
    deps,
    listening.flatMap(({ webhook }) => webhook ?? []),
  );
  const server = await startHttpServer({
    host: config.host,
    port: config.port,
    log,
    checkReady: () => Promise.all([client.check(), queue.check()]),
    webhooks: line.webhooks,
    routes: [
      ...listening.flatMap(({ routes }) => routes ?? []),
      ...(config.run.has('http') ? [createDownloadRoutes(deps)] : []),
    ],
  });
  if (isLoopback(server.url)) serverUrl = server.url;
  let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
  // What takes work in stops before what does it; a taken port is told before any work is begun.
  started.defer(() => worker?.stop());
  started.defer(() => line.stop());
  started.defer(() => server.close());
  line.start();
  if (config.run.has('worker')) worker = await startWorker(deps, backend);

  const running = started.move();
  const pages = listening.flatMap(({ page }) => (page ? [`${server.url}${page}`] : []));
  return { url: server.url, pages, deps, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function startDatabase(
  config: Config,
  log: Logger,
  started: AsyncDisposableStack,
  onFatal: AppOptions['onFatal'],
): Promise<string> {
  const database = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log,
    ...(onFatal ? { onExit: onFatal } : {}),
  });
  started.defer(() => database.stop());
  return database.url;
}
