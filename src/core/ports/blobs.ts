/**
 * Where bytes live. Keys are `<workspace>/<name>`: for kept bytes the name is their SHA-256 in hex (so putting twice
 * changes nothing), for passing ones it is chosen by the caller.
 */
export interface BlobStore {
  /**
   * Stores bytes durably and resolves to their key.
   * @throws {StorageFullError} when there is no room for them.
   */
  put(workspaceId: string, bytes: Uint8Array): Promise<string>;
  /** Stores or replaces bytes under a chosen key and resolves to it; not durable against power loss. */
  putTemporary(key: string, bytes: Uint8Array): Promise<string>;
  /** @throws {BlobMissingError} when nothing is stored under the key. */
  read(key: string): Promise<Uint8Array>;
  /** How many bytes are stored under the key; undefined when nothing is. */
  size(key: string): Promise<number | undefined>;
  /**
   * Reads piece by piece, no faster than it is asked; who stops asking has to `return`.
   * @throws {BlobMissingError} at the first piece, when nothing is stored under the key.
   */
  stream(key: string): AsyncGenerator<Uint8Array>;
  /** Deletes; nothing happens when there is nothing. */
  delete(key: string): Promise<void>;
  /** Whether there is room for what is about to be made; false a while before nothing fits any more. */
  hasRoom(): Promise<boolean>;
  /** @throws when bytes cannot be written here at all. */
  check(): Promise<void>;
}

export class BlobMissingError extends Error {
  constructor(key: string) {
    super(`no blob ${key}`);
    this.name = 'BlobMissingError';
  }
}

/** The disk or its quota has no room left; nothing was kept. */
export class StorageFullError extends Error {
  constructor(cause?: unknown) {
    super('no room left to keep bytes', { cause });
    this.name = 'StorageFullError';
  }
}
