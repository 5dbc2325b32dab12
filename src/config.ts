import { resolve } from 'node:path';
import { z } from 'zod';
import type { ConfiguredBot } from '#bots/define.ts';
import { readBots } from '#bots/index.ts';
import { type Operators, readOperators } from '#core/operators.ts';
import { type Keys, readKeys } from '#db/keys.ts';
import { StartupError } from '#db/startup-error.ts';
import type { ConfiguredProvider } from '#providers/define.ts';
import { readProviders } from '#providers/index.ts';
import { type ConfiguredPictureCheck, readPictureCheck } from '#providers/picture-checks.ts';

export const parts = ['bots', 'worker', 'http'] as const;
export type Part = (typeof parts)[number];

export interface Config {
  /** Absolute. */
  dataDir: string;
  /** Undefined: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | undefined;
  /** Undefined: queues in PostgreSQL. */
  redisUrl: string | undefined;
  host: string;
  port: number;
  publicUrl: string | undefined;
  logLevel: string;
  /** Undefined: nothing secret is stored, or outside of production with the data folder's own key. */
  keys: Keys | undefined;
  operators: Operators;
  run: ReadonlySet<Part>;
  bots: readonly ConfiguredBot[];
  providers: readonly ConfiguredProvider[];
  /** Undefined: nothing looks at pictures. */
  pictureCheck: ConfiguredPictureCheck | undefined;
}

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address leads to this machine alone. */
export const isLoopback = (url: string) => loopback.includes(new URL(url).hostname);

const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    abort: true,
  });

const environment = z.object({
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  PORT: z.coerce.number('must be a number from 0 to 65535').int().min(0).max(65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: url('https:', 'http:')
    .refine((value) => new URL(value).protocol === 'https:' || isLoopback(value), {
      message: 'must start with https:// unless it is on loopback',
    })
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  EASEL_KEYS: z
    .string()
    .transform((value, context): Keys => {
      const keys = readKeys(value);
      if (!('problem' in keys)) return keys;
      context.addIssue(keys.problem);
      return z.NEVER;
    })
    .optional(),
  EASEL_OPERATORS: z
    .string()
    .transform((value, context): Operators => {
      const operators = readOperators(value);
      if (!('problem' in operators)) return operators;
      context.addIssue(operators.problem);
      return z.NEVER;
    })
    .optional(),
  EASEL_RUN: z
    .string()
    .default(parts.join(','))
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(parts, { message: `must name some of ${parts.join(', ')}, separated by commas` })).min(1)),
});

/**
 * Reads the environment. Empty variables count as unset.
 * @throws {StartupError} with every problem at once, each naming its variable.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(set);
  const bots = readBots(set);
  const providers = readProviders(set);
  const checks = readPictureCheck(set);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path[0]?.toString()}: ${issue.message}`),
    ...bots.problems,
    ...providers.problems,
    ...checks.problems,
  ];
  if (parsed.success && !parsed.data.DATABASE_URL && parts.some((part) => !parsed.data.EASEL_RUN.includes(part))) {
    problems.push(
      'EASEL_RUN: running only some parts needs DATABASE_URL, as the built-in database belongs to one process',
    );
  }
  if (!parsed.success || problems.length > 0) {
    throw new StartupError(`The environment is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  const { data } = parsed;
  return {
    dataDir: resolve(data.DATA_DIR),
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    host: data.HOST,
    port: data.PORT,
    publicUrl: data.PUBLIC_URL,
    logLevel: data.LOG_LEVEL,
    keys: data.EASEL_KEYS,
    operators: data.EASEL_OPERATORS ?? new Set(),
    run: new Set(data.EASEL_RUN),
    bots: bots.configs,
    providers: providers.configs,
    pictureCheck: checks.pictureCheck,
  };
}
