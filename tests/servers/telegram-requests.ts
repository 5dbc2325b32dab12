import type { Recorded, Upload } from '#tests/servers/recorded.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { readMultipart } from '#tests/servers/telegram-multipart.ts';
import type { Json } from '#tests/servers/telegram-world.ts';

export interface UploadedFile extends Upload {
  /** Name of the form's part, which `attach://` refers to. */
  field: string;
}

/** One request the bot made, and what it got. */
export interface RecordedRequest extends Recorded {
  /** `sendMessage`, or `file` (a download). */
  method: string;
  /** Without the token and the host. */
  path: string;
  /** `form` is what needs JSON texts inside; `reply` is a call in the answer to a webhook. */
  encoding: 'json' | 'form' | 'reply';
  /** Parameters; JSON texts of a form are parsed where they are objects or arrays. */
  params: Json;
  files: readonly UploadedFile[];
  /** The description of an answer that is not ok. */
  error?: string;
  /** What was answered as `result`. */
  result?: unknown;
}

export type ReadBody = Pick<RecordedRequest, 'encoding' | 'params' | 'files'>;

/**
 * Reads the parameters from wherever the Bot API takes them: query, form, multipart form or JSON.
 * @throws {ApiRefusal} when the body is not what its content type says.
 */
export function readBody(bytes: Buffer, contentType: string, query: URLSearchParams): ReadBody {
  const params: Json = Object.fromEntries(query);
  let files: UploadedFile[] = [];
  let encoding: ReadBody['encoding'] = 'form';
  if (contentType.startsWith('application/json')) {
    encoding = 'json';
    const body = parseJson(bytes.toString());
    if (typeof body !== 'object' || body === null) throw badRequest("can't parse request JSON object");
    Object.assign(params, body);
  } else if (contentType.startsWith('multipart/form-data')) {
    const form = readMultipart(bytes, contentType);
    if (!form) throw badRequest("can't parse multipart form data");
    Object.assign(params, form.fields);
    files = form.files;
  } else if (bytes.length > 0) {
    Object.assign(params, Object.fromEntries(new URLSearchParams(bytes.toString())));
  }
  if (encoding === 'form') {
    for (const [name, value] of Object.entries(params)) params[name] = unfolded(name, value);
  }
  return { encoding, params, files };
}

const textFields = new Set(['text', 'caption', 'url', 'description', 'secret_token']);

/** A form carries objects as JSON texts; what a person typed is never taken for one. */
function unfolded(name: string, value: unknown): unknown {
  if (textFields.has(name) || typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  return parseJson(value) ?? value;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
