import { shorten } from '#bots/cut-text.ts';
import type { ImmediateAnswer } from '#bots/discord/answer-interaction.ts';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import type { DiscordSaid } from '#bots/discord/inbound.ts';
import { placeCall } from '#bots/discord/place-call.ts';
import { responseType } from '#bots/discord/protocol.ts';
import { settledWithin } from '#bots/settled-within.ts';
import type { ChatCore, Choice } from '#core/ports/chat.ts';

/** https://docs.discord.com/developers/interactions/application-commands#autocomplete */
const choicesMax = 25;
const choiceCharsMax = 100;
/** Suggestions after this are for a word that has been typed on. */
const patienceMs = 2_000;

/** Suggestions for the word that is being typed; none rather than late ones. */
export async function completeOption(deps: DiscordDeps, core: ChatCore, said: DiscordSaid): Promise<ImmediateAnswer> {
  const found = findChoices(deps, core, said).catch((error: unknown) => {
    deps.log.warn({ err: error }, 'suggestions failed');
    return [];
  });
  const choices = (await settledWithin(found, patienceMs)) ? await found : [];
  return { type: responseType.choices, data: { choices: choices.flatMap(asDiscordChoice).slice(0, choicesMax) } };
}

async function findChoices(deps: DiscordDeps, core: ChatCore, said: DiscordSaid): Promise<Choice[]> {
  return core.complete(await placeCall(deps.places, said), said.text);
}

function asDiscordChoice({ value, label, detail }: Choice): { name: string; value: string }[] {
  if (value.length === 0 || value.length > choiceCharsMax) return [];
  return [{ name: shorten(detail ? `${label} – ${detail}` : label, choiceCharsMax), value }];
}
