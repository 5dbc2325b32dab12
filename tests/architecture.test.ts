import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { bots } from '#bots/index.ts';
import { providers } from '#providers/index.ts';
import { type Module, readModule } from '#tests/architecture/read-module.ts';
import { readModules } from '#tests/architecture/read-modules.ts';
import * as rules from '#tests/architecture/rules.ts';

const source = readModules('src');
const ids = [...bots, ...providers].map(({ id }) => id);
/** Those that are listed, and those that are to come or were thought of. */
const names = [...new Set([...ids, 'discord', 'slack', 'telegram', 'replicate', 'fal', 'bfl', 'gemini', 'midjourney'])];

/** Each rule with inputs that break it, and with ones that nearly do. */
const table: {
  rule: string;
  find: (modules: readonly Module[]) => string[];
  breaks: [path: string, source: string][];
  keeps: [path: string, source: string][];
}[] = [
  {
    rule: 'imports go inward only',
    find: rules.findForbiddenImports,
    breaks: [
      ['src/main.ts', `import { createBus } from '#db/bus.ts'`],
      ['src/config.ts', `import { createPlayground } from '#bots/playground/index.ts'`],
      ['src/core/dispatch.ts', `import { jobs } from '#jobs/index.ts'`],
      ['src/core/dispatch.ts', `import type { Bot } from '../bots/define.ts'`],
      ['src/core/dispatch.ts', `const { providers } = await import('#providers/index.ts')`],
      ['src/core/dispatch.ts', `import { createI18n } from '#src/i18n.ts'`],
      ['src/core/dispatch.ts', `export * from '#http/server.ts'`],
      ['src/bots/slack/index.ts', `import { dispatch } from '#core/dispatch.ts'`],
      ['src/bots/slack/index.ts', `import { topics } from '#core/deps.ts'`],
      ['src/bots/slack/index.ts', `import type { Database } from '#db/client.ts'`],
      ['src/providers/fal.ts', `import type { Deps } from '#core/deps.ts'`],
      ['src/http/server.ts', `import { createDatabaseClient } from '#db/client.ts'`],
      ['src/jobs/worker.ts', `import { inWorkspace } from '#db/client.ts'`],
      ['src/jobs/worker.ts', `import { createLogger } from '#src/logger.ts'`],
      ['src/media/fit-image.ts', `type A = import('#core/actor.ts').Actor`],
      ['src/db/client.ts', `import type { Logger } from '#src/logger.ts'`],
      ['src/logger.ts', `import { roles } from '#core/ports/chat.ts'`],
      ['src/surprise/new.ts', `import { roles } from '#core/ports/chat.ts'`],
    ],
    keeps: [
      ['src/app.ts', `import { jobs } from '#jobs/index.ts'`],
      ['src/core/dispatch.ts', `import type { I18n } from '#src/i18n.ts'; import { inWorkspace } from '#db/client.ts'`],
      [
        'src/bots/slack/index.ts',
        `import { type Bus } from '#core/deps.ts'; import { fit } from '#media/fit-image.ts'`,
      ],
      ['src/http/server.ts', `import { StartupError } from '#db/startup-error.ts'`],
      ['src/media/layout.ts', `// import { x } from '#core/actor.ts'\nconst text = "import '#core/actor.ts'"`],
    ],
  },
  {
    rule: 'each package has one home',
    find: (modules) => rules.findMisplacedPackages(modules, builtinModules),
    breaks: [
      ['src/core/x.ts', `import sharp from 'sharp'`],
      ['src/core/x.ts', `import postgres from 'postgres'`],
      ['src/core/x.ts', `import { drizzle } from 'drizzle-orm/postgres-js'`],
      ['src/core/x.ts', `import { Queue } from 'bullmq'`],
      ['src/db/x.ts', `import pg from 'pg'`],
      ['src/http/x.ts', `const { Redis } = await import('ioredis')`],
      ['src/providers/fal.ts', `type Sdk = typeof import('openai')`],
      ['src/core/x.ts', `import type { FastifyInstance } from 'fastify'`],
      ['src/jobs/x.ts', `import helmet from '@fastify/helmet'`],
      ['src/core/x.ts', `import _ from 'lodash'`],
    ],
    keeps: [
      ['src/media/x.ts', `const s = await import('sharp')`],
      ['src/core/x.ts', `import { eq } from 'drizzle-orm'; import { join } from 'node:path'`],
      ['src/providers/openai-call.ts', `import type { ImagesResponse } from 'openai/resources/images'`],
    ],
  },
  {
    rule: 'platforms and vendors are named in their own place only',
    find: (modules) => rules.findStrayNames(modules, names),
    breaks: [
      ['src/core/x.ts', `const slackToken = 1`],
      ['src/core/x.ts', `if (platform === 'discord') send()`],
      ['src/http/x.ts', 'const url = `/playground/api`'],
      ['src/download.ts', `export interface OpenaiLimits { Telegram: number }`],
      ['src/bots/playground/x.ts', `const telegram = 1`],
    ],
    keeps: [
      ['src/bots/slack/x.ts', `const slackToken = 1`],
      ['src/providers/openai-call.ts', `const id = 'openai'`],
      ['src/db/schema/slack-installations.ts', `export const slackInstallations = table('slack_installations')`],
      ['src/core/x.ts', `// as Telegram counts\nconst sketchy = 'falcon'`],
    ],
  },
  {
    rule: 'one platform knows nothing of another',
    find: rules.findBotToBot,
    breaks: [['src/bots/slack/index.ts', `import type { Room } from '#bots/playground/room.ts'`]],
    keeps: [['src/bots/slack/index.ts', `import { x } from './x.ts'; import type { Bot } from '#bots/define.ts'`]],
  },
  {
    rule: 'the process belongs to main and the embedded database',
    find: rules.findProcessUse,
    breaks: [
      ['src/core/x.ts', `const url = process.env.X`],
      ['src/core/x.ts', `const { env } = process`],
      ['src/core/x.ts', `globalThis.process.exit(1)`],
      ['src/core/x.ts', `import { env } from 'node:process'`],
    ],
    keeps: [
      ['src/main.ts', `process.exit(1)`],
      ['src/db/embedded-lock.ts', `import process from 'node:process'`],
      ['src/jobs/x.ts', `function open(process: () => void) { start(process) } address.process()`],
    ],
  },
  {
    rule: 'files are named after what they hold',
    find: rules.findNamesForAnything,
    breaks: [
      ['src/core/utils.ts', ''],
      ['src/core/helpers/x.ts', ''],
      ['src/core/chat-types.ts', ''],
      ['src/core/queue-manager.ts', ''],
    ],
    keeps: [['src/core/prototypes.ts', '']],
  },
  {
    rule: 'exports have names',
    find: rules.findDefaultExports,
    breaks: [
      ['src/core/x.ts', 'export default function x() {}'],
      ['src/core/x.ts', 'const x = 1; export { x as default }'],
    ],
    keeps: [['src/core/x.ts', `import y from 'zod'; export const x = 1`]],
  },
  {
    rule: 'every workspace is seen by batches and postings only',
    find: rules.findWideDoors,
    breaks: [['src/core/quotas/x.ts', `import { acrossWorkspaces as all } from '#db/client.ts'`]],
    keeps: [
      ['src/core/postings/x.ts', `import { acrossWorkspaces } from '#db/client.ts'`],
      ['src/core/quotas/x.ts', `import { inWorkspace } from '#db/client.ts'`],
    ],
  },
  {
    rule: 'imports run in no circle',
    find: rules.findCycles,
    breaks: [
      ['src/core/a.ts', `import { b } from './b.ts'`],
      ['src/core/b.ts', `import { c } from './c.ts'`],
      ['src/core/c.ts', `import { b } from './b.ts'`],
    ],
    keeps: [
      ['src/core/a.ts', `import { b } from './b.ts'; import { c } from './c.ts'`],
      ['src/core/b.ts', `import { c } from './c.ts'`],
      ['src/core/c.ts', `import type { A } from './a.ts'`],
    ],
  },
];

describe.each(table)('$rule', ({ rule, find, breaks, keeps }) => {
  it('in src', () => {
    expect(source.length).toBeGreaterThan(50);
    expect(find(source)).toEqual([]);
  });

  it('and what breaks the rule is found', () => {
    const read = breaks.map(([path, text]) => readModule(path, text));
    if (rule === 'imports run in no circle')
      expect(find(read)).toEqual(['src/core/b.ts → src/core/c.ts → src/core/b.ts']);
    else expect(read.filter((module) => find([module]).length === 0).map(({ path }) => path)).toEqual([]);
  });

  it('and what only looks like it is not', () => {
    expect(find(keeps.map(([path, text]) => readModule(path, text)))).toEqual([]);
  });
});

describe('contract suites', () => {
  const tests = readModules('tests');

  it.each([
    { suite: 'describeImageProvider', listed: providers.map(({ id }) => id) },
    { suite: 'describeChatPlatform', listed: bots.map(({ id }) => id) },
  ])('$suite is passed by every one that is listed', ({ suite, listed }) => {
    expect(listed.length).toBeGreaterThan(0);
    expect(rules.findMissingContracts(tests, suite, listed)).toEqual([]);
  });

  it('are missed when a listed id has none', () => {
    const test = readModule('tests/providers/openai.test.ts', `describeImageProvider('openai', start)`);
    const notRun = readModule('tests/contracts/fal.ts', `describeImageProvider('fal', start)`);
    expect(rules.findMissingContracts([test, notRun], 'describeImageProvider', ['openai', 'fal'])).toEqual(['fal']);
  });
});
