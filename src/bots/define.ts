import type { FastifyInstance } from 'fastify';
import type { Bus } from '#core/deps.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import type { Webhook } from '#core/ports/webhook.ts';
import type { download } from '#src/download.ts';
import type { I18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';
import type { post } from '#src/post.ts';
import type { PlaygroundStore } from './playground/store.ts';
import type { InstallationStore } from './slack/installer.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Lets one process at a time do something. */
export interface Lease {
  /**
   * Calls `run` whenever this process comes to hold `name`; the others stand by and take over within seconds. The
   * signal fires when the lease is lost or `stop` is called; `run` that ends or rejects gives the lease back.
   */
  hold(name: string, run: (signal: AbortSignal) => Promise<void>): { stop(): Promise<void> };
}

/** What a platform may use of the rest; its own storage comes as a small store. */
export interface BotDeps {
  log: Logger;
  i18n: I18n;
  blobs: BlobStore;
  bus: Bus;
  /** Fetches an untrusted address, guarded. */
  download: typeof download;
  /** Posts to an untrusted address, guarded. */
  post: typeof post;
  lease: Lease;
  stores: { playground: PlaygroundStore; slack?: InstallationStore };
}

/** A platform that the environment switched on, and what it serves over HTTP. */
export interface Bot {
  platform: ChatPlatform;
  /** The part of EASEL_RUN that takes its commands in. */
  part: 'bots' | 'http';
  webhook?: Webhook;
  routes?: (server: FastifyInstance) => Promise<void>;
  /** Path of the page that people open, where it serves one. */
  page?: string;
}

export interface ConfiguredBot {
  readonly id: string;
  /** It is given secrets to keep, and has to have a store for them. */
  readonly keepsSecrets?: true;
  create(deps: BotDeps): Bot;
}

export interface BotDefinition {
  readonly id: string;
  /** Pure. Null when the platform is off; a problem for each thing an operator has to fix. */
  configure(env: Env): ConfiguredBot | null | { problems: string[] };
}
