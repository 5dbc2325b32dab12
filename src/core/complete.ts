import { hasRole } from '#core/actor.ts';
import { listDrafts } from '#core/batches/drafts.ts';
import { listBatches } from '#core/batches/find-batch.ts';
import { listModels, listQualities } from '#core/batches/models.ts';
import { shorten } from '#core/batches/shorten.ts';
import type { Command, CommandOption } from '#core/commands/define.ts';
import { commands } from '#core/commands/index.ts';
import { commandUsage } from '#core/commands/usage.ts';
import type { Deps } from '#core/deps.ts';
import { type Identity, identify } from '#core/people/identify.ts';
import type { Choice, Sender } from '#core/ports/chat.ts';
import { inWorkspace } from '#db/client.ts';
import type { Key } from '#src/i18n.ts';

const choicesMax = 20;
const batchPromptCharsMax = 40;

/** What could replace the last word of a half-typed line, for this person, in their language. */
export async function complete(deps: Deps, sender: Sender, text: string): Promise<Choice[]> {
  const identity = await identify(deps, sender);
  const words = text.split(/\s+/);
  const last = words.at(-1) ?? '';
  const allowed = commands.filter((command) => hasRole(identity.actor, command.role));
  const name = words[0]?.replace(/^\//, '').toLowerCase() ?? '';
  if (words.length <= 1) return commandChoices(deps, identity, allowed, name);
  const command = allowed.find((candidate) => candidate.name === name);
  if (!command) return [];
  const choices = await wordChoices(deps, identity, command, words);
  return choices.filter((choice) => choice.value.toLowerCase().startsWith(last.toLowerCase())).slice(0, choicesMax);
}

function commandChoices(deps: Deps, identity: Identity, allowed: readonly Command[], typed: string): Choice[] {
  return allowed
    .filter((command) => command.name.startsWith(typed))
    .map((command) => ({
      value: `/${command.name}`,
      label: commandUsage(command),
      detail: deps.i18n.say({ key: `commands.${command.name}.description` as Key }, identity.reader),
    }));
}

async function wordChoices(
  deps: Deps,
  identity: Identity,
  command: Command,
  words: readonly string[],
): Promise<Choice[]> {
  const before = words.at(-2) ?? '';
  const flagged = command.options.find((option) => !option.positional && before === `--${option.name}`);
  const startsFlag = (words.at(-1) ?? '').startsWith('-');
  if (flagged && !(flagged.kind === 'switch' && startsFlag)) return valueChoices(deps, identity, flagged);
  if (startsFlag) {
    return command.options
      .filter((option) => !option.positional && !words.includes(`--${option.name}`))
      .map((option) => ({
        value: `--${option.name}`,
        label: `--${option.name}`,
        detail: deps.i18n.say({ key: `commands.${command.name}.options.${option.name}` as Key }, identity.reader),
      }));
  }
  const positional = command.options.filter((option) => option.positional)[words.length - 2];
  return positional ? valueChoices(deps, identity, positional) : [];
}

async function valueChoices(deps: Deps, identity: Identity, option: CommandOption): Promise<Choice[]> {
  const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));
  switch (option.kind) {
    case 'model':
      return plain(listModels(deps.providers).map(({ model }) => model.id));
    case 'quality':
      return plain(listQualities(deps.providers));
    case 'language':
      return plain(deps.i18n.locales);
    case 'timeZone':
      return plain(Intl.supportedValuesOf('timeZone'));
    case 'switch':
      return plain(['on', 'off']);
    case 'choice':
      return plain(option.choices);
    case 'ratio':
      return plain(['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16']);
    case 'command':
      return plain(commands.map((command) => command.name));
    case 'batch': {
      const found = await inWorkspace(deps.db, identity.actor.workspaceId, (tx) =>
        listBatches(tx, identity.actor, { running: false, limit: choicesMax }),
      );
      return found.map((batch) => ({
        value: batch.id,
        label: batch.id,
        detail: shorten(batch.prompt, batchPromptCharsMax),
      }));
    }
    case 'draft': {
      const { actor } = identity;
      const found = await inWorkspace(deps.db, actor.workspaceId, (tx) => listDrafts(tx, actor, deps.now()));
      return found.map(({ id, plan }) => ({ value: id, label: id, detail: shorten(plan.prompt, batchPromptCharsMax) }));
    }
    default:
      return [];
  }
}
