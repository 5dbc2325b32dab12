import type { ImageProvider } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import type { PromptWriter } from '#core/ports/writer.ts';
import {
  type ConfiguredProvider,
  type Env,
  isProblem,
  type ProviderDefinition,
  type ProviderDeps,
} from '#providers/define.ts';
import { lanczos } from '#providers/lanczos.ts';
import { openai } from '#providers/openai.ts';
import { sketch } from '#providers/sketch.ts';

/** In order of preference: the first model of the first one that is on is the default model. */
export const providers: readonly ProviderDefinition[] = [openai, sketch, lanczos];

/**
 * The providers' slice of the configuration. Pure.
 * `problems` has a sentence for each variable that is missing or malformed; start-up stops on any.
 */
export function readProviders(env: Env): { configs: ConfiguredProvider[]; problems: string[] } {
  const configs: ConfiguredProvider[] = [];
  const problems: string[] = [];
  for (const provider of providers) {
    const configured = provider.configure(env);
    if (configured === null) continue;
    if (isProblem(configured)) problems.push(...configured.problems);
    else configs.push(configured);
  }
  return { configs, problems };
}

/**
 * Makes the providers that are on, in order of preference.
 * @throws {Error} when two offer a model of the same id: people name models without naming the provider.
 */
export function createProviders(configs: readonly ConfiguredProvider[], deps: ProviderDeps): ImageProvider[] {
  const created = configs.map((config) => config.create(deps));
  const owners = new Map<string, string>();
  for (const provider of created) {
    for (const model of provider.models) {
      const owner = owners.get(model.id);
      if (owner !== undefined) throw new Error(`model ${model.id} is offered by both ${owner} and ${provider.id}`);
      owners.set(model.id, provider.id);
    }
  }
  return created;
}

/** The text model of the first provider that has one; undefined where none has. */
export function createWriter(configs: readonly ConfiguredProvider[], deps: ProviderDeps): PromptWriter | undefined {
  return configs.find((config) => config.createWriter)?.createWriter?.(deps);
}

/** What looks at prompts, of the first provider that has it; undefined where none has. */
export function createModerator(configs: readonly ConfiguredProvider[], deps: ProviderDeps): Moderator | undefined {
  return configs.find((config) => config.createModerator)?.createModerator?.(deps);
}
