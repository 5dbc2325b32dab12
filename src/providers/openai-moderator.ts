import { z } from 'zod';
import { ProviderError } from '#core/ports/images.ts';
import type { Moderator } from '#core/ports/moderator.ts';
import type { ProviderDeps } from '#providers/define.ts';
import { readJson } from '#providers/openai-call.ts';
import { connect, type OpenAiAccess } from '#providers/openai-client.ts';
import { toProviderError } from '#providers/openai-errors.ts';

const deadlineMs = 15_000;

const answerShape = z.object({
  results: z.array(z.object({ flagged: z.boolean(), categories: z.record(z.string(), z.boolean()) })).min(1),
});

/** OpenAI's Moderations API, which costs nothing, or that of a server that has it. */
export function createOpenAiModerator(
  config: OpenAiAccess & { moderationModel: string },
  deps: ProviderDeps,
): Moderator {
  let connecting: ReturnType<typeof connect> | undefined;
  return {
    id: 'openai',
    deadlineMs,
    async moderate(text, { signal }) {
      connecting ??= connect(config, deps);
      const { sdk, client } = await connecting;
      try {
        const pending = client.moderations.create({ model: config.moderationModel, input: text }, { signal });
        const answer = answerShape.safeParse(await readJson(await pending.asResponse()));
        if (!answer.success)
          throw new ProviderError('bad_answer', 'there is no result in the answer', {
            retryable: true,
            cause: answer.error,
          });
        return answer.data.results
          .filter(({ flagged }) => flagged)
          .flatMap(({ categories }) => Object.keys(categories).filter((category) => categories[category]));
      } catch (error) {
        throw toProviderError(error, { sdk, signal, now: Date.now() });
      }
    },
  };
}
