import { isObject } from '#tests/servers/slack-layout.ts';
import type { Json } from '#tests/servers/slack-world.ts';

/** What Slack would find wrong, in its own words and with its JSON pointers. */
export interface Checks {
  errors: string[];
  /** Every text a reader would get, for the limits of the whole message. */
  texts: string[];
}

export const at = (pointer: string): string => `[json-pointer:${pointer}]`;

export function checkKeys(checks: Checks, object: Json, known: readonly string[], pointer: string): void {
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) checks.errors.push(`invalid additional property: ${key} ${at(pointer)}`);
  }
}

/** A string of `least` to `most` characters; missing is wrong only when `required`. Surrogate pairs count twice: stricter. */
export function checkString(
  checks: Checks,
  value: unknown,
  pointer: string,
  { most, least = 0, required = false }: { most: number; least?: number; required?: boolean },
): void {
  if (value === undefined) {
    if (required) checks.errors.push(missing(pointer));
  } else if (typeof value !== 'string') checks.errors.push(`must provide a string ${at(pointer)}`);
  else if (value.length < least) checks.errors.push(`must be more than ${least - 1} characters ${at(pointer)}`);
  else if (value.length > most) checks.errors.push(`must be less than ${most + 1} characters ${at(pointer)}`);
}

export function checkChoice(checks: Checks, value: unknown, choices: readonly string[], pointer: string): void {
  if (value !== undefined && !choices.includes(String(value))) {
    checks.errors.push(`value must be one of: ${choices.join(', ')} ${at(pointer)}`);
  }
}

/** A list of `least` to `most` items; returns them, or none when it is not a list. */
export function checkList(
  checks: Checks,
  value: unknown,
  pointer: string,
  { least = 1, most = Number.POSITIVE_INFINITY, required = true } = {},
): unknown[] {
  if (value === undefined) {
    if (required) checks.errors.push(missing(pointer));
    return [];
  }
  if (!Array.isArray(value)) checks.errors.push(`must provide an array ${at(pointer)}`);
  else if (value.length < least) checks.errors.push(`no fewer than ${least} items allowed ${at(pointer)}`);
  else if (value.length > most) checks.errors.push(`no more than ${most} items allowed ${at(pointer)}`);
  else return value;
  return [];
}

/** A text object. docs.slack.dev/reference/block-kit/composition-objects/text-object: 1 to 3,000 characters. */
export function checkText(
  checks: Checks,
  value: unknown,
  pointer: string,
  { most = 3000, kinds = ['plain_text', 'mrkdwn'], required = false } = {},
): void {
  if (value === undefined) {
    if (required) checks.errors.push(missing(pointer));
    return;
  }
  if (!isObject(value)) return void checks.errors.push(`must provide an object ${at(pointer)}`);
  if (!kinds.includes(String(value.type))) {
    checks.errors.push(`unsupported type: ${value.type} ${at(`${pointer}/type`)}`);
    return;
  }
  checkKeys(checks, value, ['type', 'text', value.type === 'mrkdwn' ? 'verbatim' : 'emoji'], pointer);
  checkString(checks, value.text, `${pointer}/text`, { least: 1, most, required: true });
  if (typeof value.text === 'string') checks.texts.push(value.text);
}

export const plainOnly = ['plain_text'];

/** Slack loads an address when the message is posted, so it must be reachable from outside. */
export function checkImageUrl(checks: Checks, value: unknown, pointer: string): void {
  checkString(checks, value, pointer, { least: 1, most: 3000 });
  const host = URL.canParse(String(value)) ? new URL(String(value)).hostname : '';
  const isPrivate = /^(localhost|127\.|10\.|192\.168\.|0\.0\.0\.0|\[)/.test(host) || !host.includes('.');
  if (isPrivate || !/^https?:/.test(String(value))) checks.errors.push(`downloading image failed ${at(pointer)}`);
  // No file is loaded here; its ending is what can be known.
  else if (/\.(webp|avif|svg|heic)(\?|$)/i.test(String(value)))
    checks.errors.push(`unsupported image type ${at(pointer)}`);
}

export function missing(pointer: string): string {
  const [, holder, field] = /^(.*)\/([^/]+)$/.exec(pointer) ?? [];
  return `missing required field: ${field} ${at(holder ?? pointer)}`;
}
