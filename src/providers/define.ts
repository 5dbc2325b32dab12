import type { ImageProvider } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import type { PromptWriter } from '#core/ports/writer.ts';
import type { download } from '#src/download.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What a provider may use of the outside world; tests replace it. */
export interface ProviderDeps {
  fetch: typeof globalThis.fetch;
  /** Fetches an untrusted address, guarded; the plain one where it is left out. */
  download?: typeof download;
}

/** What a provider reads from the environment: its configuration, null when it is off, or what is wrong. */
export type ReadConfig<Config> = Config | null | { problems: readonly [string, ...string[]] };

/** A provider that the environment switched on. Its configuration, with its key, is closed over and never printed. */
export interface ConfiguredProvider {
  readonly id: string;
  create(deps: ProviderDeps): ImageProvider;
  /** Where it has a text model as well. */
  createWriter?(deps: ProviderDeps): PromptWriter;
  /** Where it has a model that looks at prompts as well. */
  createModerator?(deps: ProviderDeps): Moderator | undefined;
}

export interface ProviderDefinition {
  readonly id: string;
  /** Pure. Null when none of the provider's variables is set; one problem for each thing an operator has to fix. */
  configure(env: Env): ReadConfig<ConfiguredProvider>;
}

/** Declares a provider: how it is configured and how it is made. Listing it in `index.ts` is all else it takes. */
export function defineProvider<Config extends object>(definition: {
  id: string;
  readConfig(env: Env): ReadConfig<Config>;
  create(config: Config, deps: ProviderDeps): ImageProvider;
  createWriter?(config: Config, deps: ProviderDeps): PromptWriter;
  createModerator?(config: Config, deps: ProviderDeps): Moderator | undefined;
}): ProviderDefinition {
  const { id, readConfig, create, createWriter, createModerator } = definition;
  return {
    id,
    configure(env) {
      const config = readConfig(env);
      if (config === null || isProblem(config)) return config;
      return {
        id,
        create: (deps) => create(config, deps),
        ...(createWriter ? { createWriter: (deps) => createWriter(config, deps) } : {}),
        ...(createModerator ? { createModerator: (deps) => createModerator(config, deps) } : {}),
      };
    },
  };
}

export function isProblem<T extends object>(
  config: T | { problems: readonly [string, ...string[]] },
): config is { problems: readonly [string, ...string[]] } {
  return 'problems' in config;
}
