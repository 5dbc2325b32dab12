import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { BotDeps, Lease } from '#bots/define.ts';
import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import { download } from '#src/download.ts';
import { createI18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';
import { post } from '#src/post.ts';

export const i18n = createI18n();

/** Something that was logged, with what belongs to it. */
export interface LogLine {
  level: string;
  message: string;
  values: Record<string, unknown>;
}

/** What a platform may use, in memory; `logs` fills with what it says. */
export function createBotDeps(replaced: Partial<BotDeps> = {}): { deps: BotDeps; logs: LogLine[]; blobs: BlobStore } {
  const logs: LogLine[] = [];
  const blobs = createMemoryBlobs();
  const deps: BotDeps = {
    log: createRecordingLog(logs),
    i18n,
    blobs,
    bus: createMemoryBus(),
    download,
    post,
    lease: freeLease,
    stores: {} as BotDeps['stores'],
    ...replaced,
  };
  return { deps, logs, blobs };
}

/** Heard at once, by whoever has the same. */
function createMemoryBus(): BotDeps['bus'] {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    on(topic, heard) {
      emitter.on(topic, heard);
      return () => emitter.off(topic, heard);
    },
    say: async (topic, payload = '') => void emitter.emit(topic, payload),
  };
}

function createMemoryBlobs(): BlobStore {
  const stored = new Map<string, Uint8Array>();
  const putTemporary = async (key: string, bytes: Uint8Array) => {
    stored.set(key, bytes);
    return key;
  };
  return {
    putTemporary,
    put: (workspaceId, bytes) =>
      putTemporary(`${workspaceId}/${createHash('sha256').update(bytes).digest('hex')}`, bytes),
    async read(key) {
      const bytes = stored.get(key);
      if (!bytes) throw new BlobMissingError(key);
      return bytes;
    },
    size: async (key) => stored.get(key)?.length,
    async *stream(key) {
      yield await this.read(key);
    },
    async delete(key) {
      stored.delete(key);
    },
    hasRoom: async () => true,
    check: async () => undefined,
  };
}

/** Held by whoever asks. */
const freeLease: Lease = {
  hold(_name, run) {
    const controller = new AbortController();
    const running = run(controller.signal);
    return {
      async stop() {
        controller.abort();
        await running;
      },
    };
  },
};

function createRecordingLog(logs: LogLine[]): Logger {
  const record =
    (level: string) =>
    (values: unknown, message?: unknown): void => {
      if (typeof values === 'string') logs.push({ level, message: values, values: {} });
      else logs.push({ level, message: String(message ?? ''), values: { ...(values as Record<string, unknown>) } });
    };
  const log: Logger = {
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    fatal: record('fatal'),
    child: () => log,
  };
  return log;
}
