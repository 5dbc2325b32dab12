import type { Acknowledge } from '#bots/discord/answer-interaction.ts';
import type { Api } from '#bots/discord/api.ts';
import { codeOf, errorCode } from '#bots/discord/delivery-error.ts';
import type { PostedMessage } from '#bots/discord/post-message.ts';
import { repeatOnce } from '#bots/discord/repeat-once.ts';

/** Discord waits 3 s from when the person acted, and the core may have taken half of it; waits come in whole seconds. */
const repeatWithinMs = 1_100;

/** Answers an interaction that came by the gateway, with one repeat inside the time that Discord gives. */
export function acknowledgeByCallback(
  api: Pick<Api, 'callByToken'>,
  interaction: { id: string; token: string },
): Acknowledge {
  const path = `/interactions/${interaction.id}/${interaction.token}/callback` as const;
  return (answer) =>
    repeatOnce(repeatWithinMs, async (isRepeat) => {
      try {
        const query = { with_response: 'true' };
        const answered = await api.callByToken<{ resource?: { message?: PostedMessage } }>({
          ...{ method: 'POST', path, query, body: answer },
        });
        return answered.resource?.message;
      } catch (error) {
        // The first try had arrived, only its answer was lost.
        if (isRepeat && codeOf(error) === errorCode.alreadyAcknowledged) return undefined;
        throw error;
      }
    });
}
