import { refusal } from '#tests/servers/discord-errors.ts';
import type { Json } from '#tests/servers/discord-world.ts';
import { readForm } from '#tests/servers/read-body.ts';
import type { Recorded, Upload } from '#tests/servers/recorded.ts';

export interface UploadedFile extends Upload {
  /** Its place: `files[2]` is 2. */
  index: number;
}

/** One request the app made, and what it got. */
export interface RecordedRequest extends Recorded {
  method: string;
  /** Without the prefix and version: `/channels/1/messages`. */
  path: string;
  query: Record<string, string>;
  /** JSON, or `payload_json` of a form; undefined when there was none. */
  body: unknown;
  files: readonly UploadedFile[];
  /** The error code of the answer's body. */
  code?: number;
}

/** Reads JSON or a multipart form. @throws {ApiRefusal} when the body is neither. */
export async function readBody(bytes: Buffer, contentType: string): Promise<{ body: unknown; files: UploadedFile[] }> {
  if (bytes.length === 0) return { body: undefined, files: [] };
  if (!contentType.startsWith('multipart/form-data')) return { body: parseJson(bytes.toString()), files: [] };
  const form = await readForm(bytes, contentType).catch(() => {
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
