import type { Module } from '#tests/architecture/read-module.ts';

interface Layer {
  /** Files it is about; the first layer that fits a file counts. */
  files: RegExp;
  /** What of ours they may import. */
  values: RegExp;
  /** What they may import besides, as types only. */
  types?: RegExp;
}

const anything = /./;
const nothing = /^$/;
const describedTypes = /^src\/(i18n|logger)\.ts$/;
const startupError = 'db\\/startup-error\\.ts';

/** Who may import whom: the only direction is inward. */
const layers: readonly Layer[] = [
  { files: /^src\/main\.ts$/, values: new RegExp(`^src\\/((app|config|logger)\\.ts|${startupError})$`) },
  { files: /^src\/app\.ts$/, values: anything },
  {
    files: /^src\/config\.ts$/,
    values: new RegExp(
      `^src\\/(((bots|providers)\\/(define|index)|providers\\/picture-checks)\\.ts|db\\/keys\\.ts|core\\/operators\\.ts|${startupError})$`,
    ),
  },
  { files: /^src\/(logger|formatters)\.ts$/, values: nothing },
  { files: /^src\/i18n\.ts$/, values: /^(locales\/en\.json|src\/formatters\.ts)$/ },
  { files: /^src\/guarded-request\.ts$/, values: nothing },
  {
    files: /^src\/log-refusals\.ts$/,
    values: /^src\/guarded-request\.ts$/,
    types: /^src\/(download|post|logger)\.ts$/,
  },
  { files: /^src\/(download|post)\.ts$/, values: /^src\/guarded-request\.ts$/ },
  { files: /^src\/bots\/[^/]+\/web\//, values: /^src\/bots\/[^/]+\/web\// },
  {
    files: /^src\/bots\//,
    values: /^src\/((bots|core\/ports|core\/commands|media)\/|formatters\.ts$)/,
    types: /^src\/(core\/deps|i18n|logger|download|post)\.ts$/,
  },
  { files: /^src\/providers\//, values: /^src\/(providers\/|core\/ports\/|media\/|(download|guarded-request)\.ts$)/ },
  { files: /^src\/http\//, values: new RegExp(`^src\\/(http\\/|core\\/|${startupError}$)`), types: describedTypes },
  {
    files: /^src\/jobs\//,
    values: new RegExp(`^src\\/(jobs\\/|core\\/|db\\/persist\\.ts$|${startupError}$)`),
    types: describedTypes,
  },
  { files: /^src\/core\//, values: /^src\/(core|db|media)\//, types: describedTypes },
  { files: /^src\/media\//, values: /^src\/media\// },
  { files: /^src\/db\//, values: /^src\/db\// },
  { files: anything, values: nothing },
];

export function findForbiddenImports(modules: readonly Module[]): string[] {
  return modules.flatMap(({ path, imports }) => {
    const layer = layers.find(({ files }) => files.test(path));
    return imports
      .filter(
        ({ own, target, typeOnly }) => own && !layer?.values.test(target) && !(typeOnly && layer?.types?.test(target)),
      )
      .map(({ target }) => `${path} may not import ${target}`);
  });
}

/** The one place of each package; a package that is not listed has none. */
const homes: Readonly<Record<string, RegExp>> = {
  '@slack/bolt': /^src\/bots\/slack\//,
  '@slack/oauth': /^src\/bots\/slack\//,
  '@tensorflow/tfjs': /^src\/providers\/nsfwjs-thread\.ts$/,
  '@tensorflow/tfjs-backend-wasm': /^src\/providers\/nsfwjs-thread\.ts$/,
  bullmq: /^src\/jobs\//,
  'client-zip': /^src\/core\//,
  cockatiel: /^src\/(providers|core)\//,
  'csv-parse': /^src\/core\/prompts\//,
  'csv-stringify': /^src\/core\//,
  'discord.js': /^src\/bots\/discord\//,
  'drizzle-orm': /^src\/(db|core)\//,
  'drizzle-orm/pg-core': /^src\/(db|core)\//,
  'drizzle-orm/postgres-js': /^src\/db\//,
  'drizzle-orm/postgres-js/migrator': /^src\/db\//,
  fastify: /^src\/(http|bots\/playground)\/|^src\/bots\/define\.ts$/,
  grammy: /^src\/bots\/telegram\//,
  i18next: /^src\/i18n\.ts$/,
  ioredis: /^src\/jobs\//,
  'ipaddr.js': /^src\/guarded-request\.ts$/,
  leven: /^src\/core\//,
  'fast-querystring': /^src\/bots\/slack\//,
  'lru-cache': /^src\/((bots|core)\/|formatters\.ts)/,
  nsfwjs: /^src\/providers\/nsfwjs-thread\.ts$/,
  obscenity: /^src\/core\/safety\//,
  openai: /^src\/providers\/openai[^/]*\.ts$/,
  'p-limit': /^src\/core\//,
  pg: /^src\/jobs\//,
  pino: /^src\/logger\.ts$/,
  postgres: /^src\/db\//,
  'range-parser': /^src\/http\//,
  'rate-limiter-flexible': /^src\/core\//,
  'raw-body': /^src\/http\//,
  sharp: /^src\/media\//,
  zod: /^src\/(config\.ts|bots\/|providers\/|jobs\/|core\/)/,
};
const webVendor = /^\/playground\/vendor\//;

export function findMisplacedPackages(modules: readonly Module[], builtins: readonly string[]): string[] {
  return modules.flatMap(({ path, imports }) =>
    imports
      .filter(({ own, target }) => {
        if (own || builtins.includes(target)) return false;
        if (webVendor.test(target)) return !/^src\/bots\/playground\/web\//.test(path);
        if (target.startsWith('@fastify/')) return !homes.fastify?.test(path);
        const name = target in homes ? target : target.split('/')[0];
        return !homes[name ?? '']?.test(path);
      })
      .map(({ target }) => `${path} may not use ${target}`),
  );
}

/** Where each name may stand besides the lists (of all tables too, of those that need files, and of those that hold somebody's data), the composition root and the platform's own folder or the provider's own files. */
const everyName =
  /^src\/(app|config)\.ts$|^src\/(bots|providers)\/index\.ts$|^src\/db\/(schema\/index|blob-users|person-data|workspace-data)\.ts$/;
/** Each platform's small store is one of the things that bots are given. */
const storeNames = /^src\/bots\/define\.ts$/;

export function findStrayNames(modules: readonly Module[], names: readonly string[]): string[] {
  return modules.flatMap(({ path, words }) =>
    names
      .filter((name) => words.has(name) && !everyName.test(path) && !storeNames.test(path) && !isOwnPlace(path, name))
      .map((name) => `${path} names ${name}`),
  );
}

function isOwnPlace(path: string, name: string): boolean {
  const parts = path.split('/').map((part) => part.replace(/\.\w+$/, ''));
  return parts.some((part) => part === name || part.startsWith(`${name}-`));
}

/** One platform knows nothing of another; `define.ts` may know their stores. */
export function findBotToBot(modules: readonly Module[]): string[] {
  const folderOf = (path: string) => /^src\/bots\/([^/]+)\//.exec(path)?.[1];
  return modules.flatMap(({ path, imports }) => {
    const from = folderOf(path);
    return imports
      .filter(({ target }) => from !== undefined && folderOf(target) !== undefined && folderOf(target) !== from)
      .map(({ target }) => `${path} may not import ${target}`);
  });
}

export function findProcessUse(modules: readonly Module[]): string[] {
  return modules
    .filter(({ path, usesProcess }) => usesProcess && !/^src\/(main|db\/embedded[^/]*)\.ts$/.test(path))
    .map(({ path }) => `${path} touches process`);
}

export function findNamesForAnything(modules: readonly Module[]): string[] {
  return modules
    .map(({ path }) => path)
    .filter((path) => /(^|[/-])(utils?|helpers?|commons?|types?|managers?|misc)([/.-])/.test(path));
}

export function findDefaultExports(modules: readonly Module[]): string[] {
  return modules.filter(({ hasDefaultExport }) => hasDefaultExport).map(({ path }) => path);
}

/**
 * Seeing every workspace is for dispatch, sweep, the outbox, what a person may have anywhere, deliveries whose workspace nobody
 * has read yet, and keys, which are the whole installation's.
 */
export function findWideDoors(modules: readonly Module[]): string[] {
  return modules
    .filter(({ imports }) =>
      imports.some(({ names }) => names.some((name) => name === 'acrossWorkspaces' || name === 'seeAcross')),
    )
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^src\/(core\/(batches|postings|privacy|waiting)\/|core\/people\/carry-rights\.ts$|db\/slack-installations\.ts$)/.test(
          path,
        ),
    );
}

/** Circles of imports that are there at run time, each once, as `a → b → a`. */
export function findCycles(modules: readonly Module[]): string[] {
  const targets = new Map(
    modules.map(({ path, imports }) => [
      path,
      imports.filter(({ own, typeOnly }) => own && !typeOnly).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
  return cycles;
}

/** Listed ids for which no test calls the contract suite `suite` with a name that has the id as a word. */
export function findMissingContracts(tests: readonly Module[], suite: string, ids: readonly string[]): string[] {
  const proven = new Set(
    tests
      .filter(({ path }) => path.endsWith('.test.ts'))
      .flatMap(({ calls }) =>
        calls.filter(({ name }) => name === suite).flatMap(({ argument }) => argument.split(' ')),
      ),
  );
  return ids.filter((id) => !proven.has(id));
}
