import type { APIModalInteractionResponseCallbackData } from 'discord.js';
import { z } from 'zod';
import { shorten } from '#bots/cut-text.ts';
import { componentType, textInputStyle } from '#bots/discord/protocol.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { I18n } from '#src/i18n.ts';

/** Characters of a title and of a label: https://docs.discord.com/developers/components/reference#label */
const titleCharsMax = 45;
/** Of a text input: the same page. */
const valueCharsMax = 4000;

/** The modal for a message's form, whose id is the command; undefined where there is none, or it begins with more than fits. */
export function modalOf(
  i18n: Pick<I18n, 'say'>,
  message: OutgoingMessage,
): APIModalInteractionResponseCallbackData | undefined {
  const { form } = message;
  if (!form || form.value.length > valueCharsMax) return undefined;
  return {
    custom_id: form.command,
    title: shorten(i18n.say(form.title, message), titleCharsMax),
    components: [
      {
        type: componentType.label,
        label: shorten(i18n.say(form.label, message), titleCharsMax),
        component: {
          type: componentType.textInput,
          custom_id: 'value',
          style: textInputStyle.paragraph,
          value: form.value,
          max_length: Math.min(form.charsMax, valueCharsMax),
          required: true,
        },
      },
    ],
  };
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-modal-submit-data-structure */
export const modalComponents = z.array(
  z.object({ component: z.object({ value: z.string().nullish() }).nullish() }).nullish(),
);

/** What was filled in. */
export function filledIn(components: z.infer<typeof modalComponents> | undefined): string {
  return components?.find((holder) => holder?.component)?.component?.value ?? '';
}
