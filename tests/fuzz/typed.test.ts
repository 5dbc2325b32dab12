import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vocabulary } from '#core/commands/define.ts';
import { imagine } from '#core/commands/imagine.ts';
import { commands } from '#core/commands/index.ts';
import { flagValues, readOptions } from '#core/commands/read-options.ts';
import { UserError } from '#core/errors.ts';
import { readPromptFile } from '#core/prompts/read-file.ts';
import { isTalk, readBare, readCommand, readReply } from '#core/read-typed.ts';
import { renderError } from '#core/render-error.ts';
import { createI18n } from '#src/i18n.ts';
import { boundMemory, count, share, text } from './fuzz.ts';

boundMemory();
const i18n = createI18n();
const vocabulary: Vocabulary = {
  ...{ models: ['sketch', 'gpt-image-1'], qualities: ['low', 'high'], locales: ['en', 'zh-TW'] },
  commands: commands.map(({ name }) => name),
};
const flags = commands.flatMap(({ name, options }) => [`/${name} `, ...options.map((option) => `--${option.name} `)]);

/** Nothing but a refusal may come of it, and a refusal can be said in each language. */
function refusedAtMost(read: () => unknown): void {
  count();
  try {
    read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const locale of ['en', 'zh-TW']) {
      const reader = { locale, timeZone: 'UTC' };
      for (const line of renderError(error, reader, 'r').lines) expect(i18n.say(line, reader)).not.toBe('');
    }
  }
}

function readAll(typed: string, bare: boolean): void {
  const { command, rest } = bare ? readBare(typed, vocabulary) : readCommand(typed);
  readOptions(command, rest, vocabulary);
}

describe('fuzzed', () => {
  const grammar = share(0.3);
  test(
    'commands, flags and prompts are read or refused',
    () => {
      fc.assert(
        fc.property(fc.constantFrom('', ...flags), text(flags), fc.boolean(), (head, typed, bare) => {
          refusedAtMost(() => readAll(head + typed, bare));
        }),
        grammar,
      );
    },
    grammar.timeoutMs,
  );

  const callbacks = share(0.15);
  test(
    'action ids of buttons, and answers to messages, are read or refused',
    () => {
      const names = commands.map(({ name }) => `${name} k7m2q4 `);
      fc.assert(
        fc.property(fc.constantFrom(...names), text(['k7m2q4', '1-3', '2,5', 'run', 'drop']), (head, rest) => {
          const said = `${head}${rest}`;
          refusedAtMost(() => readAll(said, false));
          const replied = { batchId: 'k7m2q4', numbers: [1, 2] };
          refusedAtMost(() => readReply({ text: rest, bare: true }, replied, vocabulary));
          refusedAtMost(() => isTalk({ text: rest, bare: true, overheard: true }, vocabulary));
        }),
        callbacks,
      );
    },
    callbacks.timeoutMs,
  );

  const files = share(0.1);
  test(
    'files of prompts are read or refused',
    () => {
      const values = flagValues(imagine, vocabulary);
      const bytes = fc.oneof(
        text([
          'prompt,n,ar,seed,filename\n',
          'prompt\tn\n',
          '[{"prompt":"a"}]',
          '{"prompt":"a","n":2}\n',
          'sep=;\n',
        ]).map((typed) => new TextEncoder().encode(typed)),
        fc.uint8Array({ maxLength: 400 }),
      );
      const names = fc.constantFrom('a.csv', 'a.txt', 'a.json', 'a.jsonl', '../a.csv', 'a', '.csv');
      fc.assert(
        fc.property(names, bytes, (name, content) => {
          refusedAtMost(() => [...readPromptFile({ name, bytes: content, type: 'text/csv' }, values)]);
        }),
        files,
      );
    },
    files.timeoutMs,
  );
});
