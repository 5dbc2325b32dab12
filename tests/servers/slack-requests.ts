import { readForm } from '#tests/servers/read-body.ts';
import type { Recorded } from '#tests/servers/recorded.ts';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import type { Json } from '#tests/servers/slack-world.ts';

/** One request the app made, and what it got. */
export interface RecordedRequest extends Recorded {
  /** `chat.postMessage`, or `upload` (bytes), `respond` (a response_url), `download` (a file). */
  method: string;
  /** With its query, without the host. */
  path: string;
  teamId?: string;
  /** Arguments; what Slack takes as JSON inside a form (`blocks`, `files`, `view`, `metadata`) is parsed. */
  body: Json;
  /** Slack's error code of an answer with `ok: false`. */
  error?: string;
}

const jsonInForms = ['blocks', 'files', 'view', 'metadata', 'attachments'];

/**
 * Reads the arguments of a Web API call. Methods that do not take JSON see none of it, as at Slack.
 * @throws {ApiRefusal} when the body is not what its content type says.
 */
export async function readArguments(
  bytes: Buffer,
  contentType: string,
  query: URLSearchParams,
  takesJson: boolean,
): Promise<Json> {
  const args: Json = Object.fromEntries(query);
  if (contentType.startsWith('application/json')) {
    const parsed = parseJson(bytes.toString(), 'invalid_json');
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new ApiRefusal('json_not_object');
    if (takesJson) Object.assign(args, parsed);
  } else if (contentType.startsWith('multipart/form-data')) {
    const form = await readForm(bytes, contentType).catch(() => {
      throw new ApiRefusal('invalid_form_data');
    });
    for (const [name, value] of form) if (typeof value === 'string') args[name] = value;
  } else if (bytes.length > 0) {
    Object.assign(args, Object.fromEntries(new URLSearchParams(bytes.toString())));
  }
  for (const name of jsonInForms) {
    const value = args[name];
    if (typeof value === 'string' && value !== '') args[name] = parseJson(value, formatError(name));
  }
  return args;
}

function formatError(name: string): string {
  if (name === 'blocks') return 'invalid_blocks_format';
  return name === 'metadata' ? 'invalid_metadata_format' : 'invalid_arguments';
}

function parseJson(text: string, error: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiRefusal(error);
  }
}

export function stringOf(args: Json, name: string): string {
  const value = args[name];
  return value === undefined || value === null ? '' : String(value);
}

/** @throws {ApiRefusal} invalid_arguments, in Slack's words, when it is missing. */
export function requiredOf(args: Json, ...names: string[]): string[] {
  const missing = names.filter((name) => stringOf(args, name) === '');
  if (missing.length > 0) {
    const messages = missing.map((name) => `[ERROR] missing required field: ${name}`);
    throw new ApiRefusal('invalid_arguments', { response_metadata: { messages } });
  }
  return names.map((name) => stringOf(args, name));
}

export const isTrue = (args: Json, name: string): boolean => ['true', '1'].includes(stringOf(args, name));
