import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';
import type { Json } from '#tests/servers/discord-world.ts';

interface Operation {
  parameters?: { in: string; name: string; required?: boolean; schema: AnySchema }[];
  requestBody?: { content: Record<string, { schema: AnySchema }>; required?: boolean };
}

interface Spec {
  /** What breaks the published document: at most one sentence a request. */
  check(request: Pick<RecordedRequest, 'method' | 'path' | 'query' | 'body'>): string[];
}

/** Legal requests that the published document refuses, and why they are legal. */
const exceptions: readonly { path: RegExp; breach: RegExp; why: string }[] = [
  {
    path: /^\/applications\/\d+\/commands/,
    breach: /default_member_permissions must be integer/,
    why: 'https://docs.discord.com/developers/interactions/application-commands says a string: 53 bits do not fit a JSON number',
  },
];

const specs = new Map<string, Spec>();

/** The published OpenAPI document in a folder, loaded once a process; undefined when no folder is given. */
export function loadDiscordSpec(folder = process.env.WIRE_SPECS): Spec | undefined {
  if (folder === undefined || folder === '') return undefined;
  const known = specs.get(folder) ?? readSpec(join(folder, 'discord-openapi.json'));
  specs.set(folder, known);
  return known;
}

function readSpec(file: string): Spec {
  const document = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, Operation>> };
  const ajv = new Ajv2020({ strict: false, allErrors: true, inlineRefs: false });
  addFormats.default(ajv);
  for (const format of ['snowflake', 'nonce']) ajv.addFormat(format, true);
  ajv.addSchema({ $id: 'discord', ...document } as AnySchema);
  const validators = new Map<string, ValidateFunction>();
  const patterns = Object.keys(document.paths)
    // Written-out segments win over parameters: `@original` over `{message_id}`.
    .sort((a, b) => a.split('{').length - b.split('{').length)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+').replace(/[.]/g, '\\.')}$`) }));

  function validatorOf(path: string, method: string): ValidateFunction | undefined {
    const key = `${method} ${path}`;
    const known = validators.get(key);
    if (known) return known;
    if (!document.paths[path]?.[method]?.requestBody?.content['application/json']) return undefined;
    const pointer = ['paths', path, method, 'requestBody', 'content', 'application/json', 'schema']
      .map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1')))
      .join('/');
    const validator = ajv.compile({ $ref: `discord#/${pointer}` });
    validators.set(key, validator);
    return validator;
  }

  return {
    check({ method, path, query, body }) {
      const verb = method.toLowerCase();
      const found = patterns.find(({ pattern, path: at }) => pattern.test(path) && document.paths[at]?.[verb]);
      const operation = found && document.paths[found.path]?.[verb];
      if (!found || !operation) return [`${method} ${path} is not in the published document`];
      const breaches = queryBreaches(operation, query);
      const validator = validatorOf(found.path, verb);
      if (validator && body !== undefined && !validator(body)) {
        const text = (validator.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
        breaches.push(...new Set(text.map((breach) => breach.replaceAll('/', '.').replace(/^\./, ''))));
      }
      const left = relevant(path, breaches);
      // A union names every alternative that did not fit; the first few say enough.
      return left.length > 0 ? [`${method} ${path}: ${left.slice(0, 6).join('; ')}`] : [];
    },
  };
}

function queryBreaches({ parameters = [] }: Operation, query: Json): string[] {
  const declared = new Set(parameters.filter((one) => one.in === 'query').map(({ name }) => name));
  return Object.keys(query)
    .filter((name) => !declared.has(name))
    .map((name) => `unknown query parameter ${name}`);
}

/** Without what an exception explains. */
function relevant(path: string, breaches: readonly string[]): string[] {
  const fitting = exceptions.filter((exception) => exception.path.test(path));
  const isExplained = (breach: string) => fitting.some((exception) => exception.breach.test(breach));
  return breaches.filter((breach) => !isExplained(breach));
}
