import type { FastifyInstance } from 'fastify';
import type { Bus } from '#core/deps.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { ChatPlatform } from '#core/ports/chat.ts';
import type { I18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';
import type { PlaygroundStore } from './playground/store.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What a platform may use of the rest; its own storage comes as a small store. */
export interface BotDeps {
  log: Logger;
  i18n: I18n;
  blobs: BlobStore;
  bus: Bus;
  stores: { playground: PlaygroundStore };
}

/** A platform that the environment switched on, and what it serves over HTTP. */
export interface Bot {
  platform: ChatPlatform;
  /** The part of EASEL_RUN that takes its commands in. */
  part: 'bots' | 'http';
  routes?: (server: FastifyInstance) => Promise<void>;
  /** Path of the page that people open, where it serves one. */
  page?: string;
}

export interface ConfiguredBot {
  readonly id: string;
  create(deps: BotDeps): Bot;
}

export interface BotDefinition {
  readonly id: string;
  /** Pure. Null when the platform is off; a problem for each thing an operator has to fix. */
  configure(env: Env): ConfiguredBot | null | { problems: string[] };
}
