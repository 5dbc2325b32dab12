import { badRequest } from '#tests/servers/telegram-faults.ts';
import { parseJson, type UploadedFile } from '#tests/servers/telegram-requests.ts';
import type { Json } from '#tests/servers/telegram-world.ts';

/** What a method is called with. */
export interface Call {
  params: Json;
  files: readonly UploadedFile[];
}

/** A text parameter; empty when missing. Numbers count as texts, as in a form. */
export function stringOf(params: Json, name: string): string {
  const value = params[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A whole number; undefined when missing or no such number. */
export function integerOf(params: Json, name: string): number | undefined {
  const value = params[name];
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

export function flagOf(params: Json, name: string): boolean {
  return ['true', '1', 'yes'].includes(String(params[name]).toLowerCase());
}

/** An object, also as JSON text. @throws {ApiRefusal} */
export function objectOf(params: Json, name: string, what: string): Json | undefined {
  const value = unfold(params[name], what);
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`object expected as ${what}`);
  return value as Json;
}

/** An array, also as JSON text. @throws {ApiRefusal} */
export function arrayOf(params: Json, name: string, what: string): unknown[] | undefined {
  const value = unfold(params[name], what);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw badRequest(`expected an Array of ${what}`);
  return value;
}

function unfold(value: unknown, what: string): unknown {
  if (typeof value !== 'string') return value ?? undefined;
  if (value === '') return undefined;
  const parsed = parseJson(value);
  if (parsed === undefined) throw badRequest(`can't parse ${what} JSON object`);
  return parsed;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
