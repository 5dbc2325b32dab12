import { commands } from '#core/commands/index.ts';
import { operator } from '#core/commands/operator.ts';
import { roles } from '#core/ports/chat.ts';
import { providerErrorReasons } from '#core/ports/images.ts';
import { type Module, membersOf } from '#tests/architecture/read-module.ts';

const web = /^src\/bots\/[^/]+\/web\//;

/** What each refusal gives to its sentence, from the interface that declares them. */
export function userErrorValues(source: readonly Module[]): Map<string, readonly string[]> {
  const declared = moduleAt(source, 'src/core/errors.ts').interfaces.get('UserErrors') ?? new Map();
  return new Map([...declared].map(([code, type]) => [code, [...membersOf(type).keys()]]));
}

/** Keys that code puts together from its own lists. Each of them has to exist. */
export function listDerivedKeys(source: readonly Module[]): string[] {
  const warnings = moduleAt(source, 'src/core/ports/images.ts').unions.get('ImageWarning') ?? [];
  const scopes = commands.flatMap((command) =>
    command.options.flatMap((option) => (option.kind === 'choice' && option.name === 'scope' ? option.choices : [])),
  );
  return [
    ...[...userErrorValues(source).keys()].map((code) => `errors.${code}`),
    ...providerErrorReasons.map((reason) => `errors.provider.${reason}`),
    ...warnings.map((warning) => `warnings.${warning}`),
    ...[...commands, operator].flatMap(({ name, options }) => [
      `commands.${name}.description`,
      ...options.map((option) => `commands.${name}.options.${option.name}`),
    ]),
    ...scopes.map((scope) => `commands.settings.saved.${scope}`),
    ...roles.flatMap((role) => [`roles.${role}`, `playground.role.${role}`]),
    ...source.filter(({ path }) => web.test(path)).flatMap(({ calls }) => pageKeys(calls)),
  ];
}

/** Keys that stand in code as they are, or with the prefix that a page or an answer of the interface puts before them. */
export function listLiteralKeys(source: readonly Module[]): Set<string> {
  return new Set(
    source.flatMap(({ path, strings, words }) => [
      ...strings,
      ...(web.test(path) ? [...strings].map((text) => `playground.${text}`) : []),
      ...(path.endsWith('/theme.js') ? [...strings].map((theme) => `playground.theme.${theme}`) : []),
      ...(words.has('refused') ? [...strings].map((reason) => `errors.http.${reason}`) : []),
    ]),
  );
}

function pageKeys(calls: Module['calls']): string[] {
  return calls.filter(({ name }) => name === 't').map(({ argument }) => `playground.${argument}`);
}

function moduleAt(source: readonly Module[], path: string): Module {
  const found = source.find((module) => module.path === path);
  if (!found) throw new Error(`${path} is not there`);
  return found;
}
