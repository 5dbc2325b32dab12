import type { IncomingMessage } from 'node:http';
import { refusal } from '#tests/servers/discord-errors.ts';
import type { Json } from '#tests/servers/discord-world.ts';

export interface UploadedFile {
  /** Its place: `files[2]` is 2. */
  index: number;
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** One request the app made, and what it got. */
export interface RecordedRequest {
  method: string;
  /** Without the prefix and version: `/channels/1/messages`. */
  path: string;
  query: Record<string, string>;
  /** Without the authorization. */
  headers: Record<string, string>;
  /** JSON, or `payload_json` of a form; undefined when there was none. */
  body: unknown;
  files: readonly UploadedFile[];
  /** Milliseconds since the epoch, in the server's clock. */
  at: number;
  /** 0 until answered, and when the connection was cut instead. */
  status: number;
  /** The error code of the answer's body. */
  code?: number;
}

/** Reads a body; undefined once it is larger than allowed. */
export async function readBytes(incoming: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    // Read on to the end, so that the answer reaches a client that is still writing.
    if (size <= bytesMax) chunks.push(chunk);
  }
  return size > bytesMax ? undefined : Buffer.concat(chunks);
}

/** Reads JSON or a multipart form. @throws {ApiRefusal} when the body is neither. */
export async function readBody(bytes: Buffer, contentType: string): Promise<{ body: unknown; files: UploadedFile[] }> {
  if (bytes.length === 0) return { body: undefined, files: [] };
  if (!contentType.startsWith('multipart/form-data')) return { body: parseJson(bytes.toString()), files: [] };
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw refusal('invalidJson');
    });
  const files: UploadedFile[] = [];
  let body: unknown = {};
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      if (name === 'payload_json') body = parseJson(value);
      else (body as Json)[name] = value;
    } else {
      const index = Number(/^files\[(\d+)\]$/.exec(name)?.[1] ?? files.length);
      files.push({ index, name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
    }
  }
  return { body, files };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('invalidJson');
  }
}
