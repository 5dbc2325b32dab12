import { z } from 'zod';
import { shorten } from '#bots/cut-text.ts';
import { attachedFiles, fileRefs } from '#bots/slack/attached-files.ts';
import { input, options, plain } from '#bots/slack/form-fields.ts';
import { readPicked, type ShownFiles, shownBlocks } from '#bots/slack/shown-pictures.ts';
import type { Command, CommandOption } from '#core/commands/define.ts';
import { flagValue } from '#core/commands/flag-value.ts';
import { commands } from '#core/commands/index.ts';
import { typedLine } from '#core/commands/typed-line.ts';
import type { FileRef, RepliedTo } from '#core/ports/chat.ts';
import type { OutgoingForm } from '#core/ports/message.ts';
import type { Key, Text } from '#src/i18n.ts';

/** Of the form and of the message shortcut that opens it. */
export const formCallback = 'imagine';
/** Of a form of one field. */
export const wordsCallback = 'words';
/** Block id of the attached files; those of the options are their names. */
const filesBlock = 'files';
/** Block id of the words that a refusal is shown below. */
export const promptBlock = 'prompt';

/** Limits of docs.slack.dev/reference/block-kit, in characters. */
const inputCharsMax = 3000;
const titleCharsMax = 24;

const place = z.object({
  channel: z.object({ id: z.string(), name: z.string() }),
  thread: z.string().optional(),
  privateThread: z.string().optional(),
  responseUrl: z.string().optional(),
});
/** `command`: what is filled in stands behind it. `about`: the message whose pictures can be picked. */
const metadata = place.extend({ command: z.string().optional(), about: z.string().optional() });

/** Where the form was asked for: what it makes goes there. Travels with the form. */
export type FormPlace = z.infer<typeof place>;

/**
 * The form for a command without words, from its declaration. `choices` are the values that an option offers, `shown` the
 * files of the message that it is about.
 */
export function buildForm(given: {
  place: FormPlace;
  prompt: string;
  shown?: ShownFiles;
  choices: ReadonlyMap<string, readonly string[]>;
  say: (text: Text) => string;
}): Record<string, unknown> {
  const { say, choices, prompt, shown } = given;
  const command = imagine();
  const inputs = command.options.map((option) =>
    input(
      option.name,
      say({ key: `commands.${command.name}.options.${option.name}` as Key }),
      option.required !== true,
      {
        ...element(option, choices.get(option.name) ?? [], prompt),
      },
    ),
  );
  const attached = { type: 'file_input', filetypes: ['png', 'jpg', 'jpeg', 'webp'], max_files: command.filesMax };
  return {
    ...modal(formCallback, say, { title: { key: 'slack.form.title' }, submit: { key: 'slack.form.submit' } }),
    private_metadata: JSON.stringify({
      ...given.place,
      ...(shown ? { about: shown.message } : {}),
    } satisfies z.infer<typeof metadata>),
    blocks: [
      ...inputs.slice(0, 1),
      ...(shown ? shownBlocks(shown, command.filesMax, say) : []),
      ...inputs.slice(1),
      ...(command.filesMax > 0 ? [input(filesBlock, say({ key: 'slack.form.files' }), true, attached)] : []),
    ],
  };
}

/** The form that a message brings along; undefined where it begins with more than a field holds. */
export function buildWordsForm(options: {
  place: FormPlace;
  form: OutgoingForm;
  say: (text: Text) => string;
}): Record<string, unknown> | undefined {
  const { place: where, form, say } = options;
  if (form.value.length > inputCharsMax) return undefined;
  const field = {
    ...{ type: 'plain_text_input', multiline: true, focus_on_load: true, initial_value: form.value },
    max_length: Math.min(form.charsMax, inputCharsMax),
  };
  return {
    ...modal(wordsCallback, say, form),
    private_metadata: JSON.stringify({ ...where, command: form.command } satisfies z.infer<typeof metadata>),
    blocks: [input(promptBlock, say(form.label), false, field)],
  };
}

function modal(callback: string, say: (text: Text) => string, { title, submit }: { title: Text; submit: Text }) {
  return {
    type: 'modal',
    callback_id: callback,
    title: plain(say(title), titleCharsMax),
    submit: plain(say(submit), titleCharsMax),
    close: plain(say({ key: 'slack.form.close' }), titleCharsMax),
  };
}

/** The options of the form whose values are looked up. */
export function optionsWithChoices(): readonly string[] {
  return imagine()
    .options.filter(({ kind }) => kind === 'model' || kind === 'ratio' || kind === 'quality')
    .map(({ name }) => name);
}

const values = z.record(z.string(), z.record(z.string(), z.unknown()));
const typed = z.object({ value: z.string().nullish() });
const chosen = z.object({ selected_option: z.object({ value: z.string() }).nullish() });
const attached = z.object({ files: attachedFiles });

/** A filled in form as a typed command: the prompts, and below them what holds for all of them. */
export function readForm(
  told: string,
  state: z.infer<typeof values>,
): { text: string; files: FileRef[]; repliesTo?: RepliedTo; place: FormPlace } | undefined {
  const read = metadata.safeParse(parseJson(told));
  if (!read.success) return undefined;
  const { command: line, about, ...where } = read.data;
  const typedIn = (name: string): string => {
    const [field] = Object.values(state[name] ?? {});
    return (typed.safeParse(field).data?.value ?? chosen.safeParse(field).data?.selected_option?.value ?? '').trim();
  };
  if (line !== undefined) {
    return { text: typedLine({ command: line, value: typedIn(promptBlock) }), files: [], place: where };
  }
  const command = imagine();
  const words = command.options.filter(({ positional }) => positional).map(({ name }) => typedIn(name));
  const flags = command.options
    .filter(({ name, positional }) => !positional && typedIn(name) !== '')
    .map(({ name }) => `--${name} ${flagValue(typedIn(name))}`);
  const [field] = Object.values(state[filesBlock] ?? {});
  const picked = readPicked(state);
  const files = [...picked, ...fileRefs(attached.safeParse(field).data?.files ?? [])];
  const lines = [`/${command.name} ${words.join(' ')}`.trim(), ...(flags.length > 0 ? [flags.join(' ')] : [])];
  return {
    text: lines.join('\n'),
    files,
    // Of a message of ours they are a batch's pictures.
    ...(about !== undefined && picked.length > 0
      ? {
          repliesTo: {
            channel: where.channel.id,
            message: about,
            fileIds: picked.map(({ locator }) => locator),
          },
        }
      : {}),
    place: where,
  };
}

function imagine(): Command {
  const command = commands.find(({ name }) => name === formCallback);
  if (!command) throw new Error(`there is no command ${formCallback}`);
  return command;
}

function element(option: CommandOption, choices: readonly string[], prompt: string): Record<string, unknown> {
  switch (option.kind) {
    case 'prompts':
      return {
        type: 'plain_text_input',
        multiline: true,
        max_length: inputCharsMax,
        focus_on_load: true,
        ...(prompt === '' ? {} : { initial_value: shorten(prompt, inputCharsMax) }),
      };
    case 'integer':
      return {
        type: 'number_input',
        is_decimal_allowed: false,
        min_value: String(option.min),
        max_value: String(option.max),
      };
    case 'switch':
      return menu(['on', 'off']);
    case 'choice':
      return menu(option.choices);
    case 'text':
      return { type: 'plain_text_input', max_length: option.max };
    default:
      return choices.length > 0 ? menu(choices) : { type: 'plain_text_input' };
  }
}

function menu(choices: readonly string[]): Record<string, unknown> {
  return { type: 'static_select', options: options(choices.map((choice) => ({ label: choice, value: choice }))) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
