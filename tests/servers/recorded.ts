/** A file that came with a request. */
export interface Upload {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** What is kept of each request an app makes, and of what it got. */
export interface Recorded {
  /** Without the authorization. */
  headers: Record<string, string>;
  files: readonly Upload[];
  /** Milliseconds since the epoch, in the server's clock. */
  at: number;
  /** 0 until answered, and when the connection was cut instead. */
  status: number;
}
