import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJson } from '#tests/servers/telegram-arguments.ts';
import type { RecordedRequest } from '#tests/servers/telegram-requests.ts';

interface Field {
  name: string;
  types: string[];
  required: boolean;
  description: string;
}

interface Spec {
  methods: Record<string, { fields?: Field[] }>;
  types: Record<string, { fields?: Field[]; subtypes?: string[] }>;
}

let loaded: Promise<Spec | undefined> | undefined;

async function loadSpec(): Promise<Spec | undefined> {
  const folder = process.env.WIRE_SPECS;
  if (folder === undefined || folder === '') return undefined;
  return JSON.parse(await readFile(join(folder, 'telegram-bot-api.json'), 'utf8')) as Spec;
}

type Checked = Pick<RecordedRequest, 'params' | 'files' | 'encoding'> & { name: string };

/** How a call breaks the published description of the Bot API, as sentences; none without WIRE_SPECS. */
export async function breachesOf(call: Checked): Promise<string[]> {
  loaded ??= loadSpec();
  const spec = await loaded;
  if (!spec) return [];
  const method = spec.methods[call.name];
  if (!method) return [`${call.name}: no such method.`];
  const breaches = fieldBreaches(spec, call, method.fields ?? [], call.params, '');
  const used = new Set(attachments(call.params));
  const names = (method.fields ?? []).map(({ name }) => name);
  for (const { field } of call.files) {
    if (!used.has(field) && !names.includes(field)) breaches.push(`file ${field} is attached but nothing refers to it`);
  }
  return breaches.map((breach) => `${call.name}: ${breach}.`);
}

function attachments(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('attach://') ? [value.slice('attach://'.length)] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(attachments) : [];
}

function fieldBreaches(
  spec: Spec,
  call: Checked,
  fields: readonly Field[],
  value: Record<string, unknown>,
  path: string,
) {
  const breaches: string[] = [];
  for (const { name, types, required } of fields) {
    const given = value[name];
    const isUploaded = path === '' && types.includes('InputFile') && call.files.some(({ field }) => field === name);
    if (given !== undefined) breaches.push(...typeBreaches(spec, call, types, given, `${path}${name}`));
    else if (required && !isUploaded) breaches.push(`${path}${name} is required`);
  }
  for (const name of Object.keys(value)) {
    if (!fields.some((field) => field.name === name)) breaches.push(`${path}${name} is no parameter`);
  }
  return breaches;
}

/** None when the value has one of the types; else what is wrong with the one it comes nearest to. */
function typeBreaches(spec: Spec, call: Checked, types: readonly string[], value: unknown, path: string): string[] {
  const tries = types.map((type) => oneTypeBreaches(spec, call, type, value, path));
  const best = tries.reduce((least, next) => (next.length < least.length ? next : least));
  if (best.length === 0) return [];
  const deepest = tries.filter((breaches) => breaches.every((breach) => !breach.startsWith(`${path} must be`)));
  return deepest[0] ?? [`${path} must be ${types.join(' or ')}, not ${JSON.stringify(value)?.slice(0, 60)}`];
}

function oneTypeBreaches(spec: Spec, call: Checked, type: string, value: unknown, path: string): string[] {
  const wrong = [`${path} must be ${type}`];
  const element = /^Array of (.+)$/.exec(type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return wrong;
    return value.flatMap((item, index) => typeBreaches(spec, inside(call), [element], item, `${path}[${index}]`));
  }
  const isPlain = plainTypes[type]?.(value, call);
  if (isPlain !== undefined) return isPlain ? [] : wrong;
  const described = spec.types[type];
  if (!described || !isJson(value)) return described ? wrong : [`${path} has a type this check does not know: ${type}`];
  if (described.subtypes) return subtypeBreaches(spec, call, described.subtypes, value, path);
  return fieldBreaches(spec, inside(call), described.fields ?? [], value, `${path}.`);
}

function inside(call: Checked): Checked {
  return { ...call, encoding: 'json' };
}

/** At the top of a form every value is a text; below that, and in JSON, types are what they say. */
const plainTypes: Record<string, (value: unknown, call: Checked) => boolean> = {
  Integer: (value, { encoding }) =>
    Number.isSafeInteger(value) || (encoding === 'form' && typeof value === 'string' && /^-?\d+$/.test(value)),
  Float: (value, { encoding }) =>
    typeof value === 'number' || (encoding === 'form' && typeof value === 'string' && Number.isFinite(Number(value))),
  Boolean: (value, { encoding }) =>
    typeof value === 'boolean' || (encoding === 'form' && ['true', 'false'].includes(String(value))),
  String: (value) => typeof value === 'string',
  InputFile: (value, { files }) =>
    typeof value === 'string' && files.some(({ field }) => value === `attach://${field}`),
};

function subtypeBreaches(
  spec: Spec,
  call: Checked,
  subtypes: readonly string[],
  value: Record<string, unknown>,
  path: string,
) {
  const meant = subtypes.filter((name) => matchesConstants(spec.types[name]?.fields ?? [], value));
  if (meant.length === 0) return [`${path} is none of ${subtypes.join(', ')}`];
  const tries = meant.map((name) =>
    fieldBreaches(spec, inside(call), spec.types[name]?.fields ?? [], value, `${path}.`),
  );
  return tries.reduce((least, next) => (next.length < least.length ? next : least));
}

/** Whether the fields whose description fixes their value, such as `type`, have it. */
function matchesConstants(fields: readonly Field[], value: Record<string, unknown>): boolean {
  return fields.every(({ name, description, required }) => {
    const constant = /(?:must be|always) ["“]?([a-z_]+)["”]?$/.exec(description.replace(/\.$/, ''))?.[1];
    return !required || constant === undefined || value[name] === constant;
  });
}
