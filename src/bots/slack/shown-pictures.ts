import { z } from 'zod';
import { shorten } from '#bots/cut-text.ts';
import type { attachedFiles } from '#bots/slack/attached-files.ts';
import { input, options, plain, valueCharsMax } from '#bots/slack/form-fields.ts';
import type { Block } from '#bots/slack/outbound.ts';
import type { FileRef } from '#core/ports/chat.ts';
import type { Text } from '#src/i18n.ts';

/** Block id of the pictures to start from. */
const shownBlock = 'shown';
/** docs.slack.dev/reference/block-kit/blocks/section-block */
const sectionCharsMax = 3000;

/** What models start from; anything else would be refused once it was sent. */
const pictureTypes = new Set(['image/png', 'image/jpeg', 'image/webp']);
/** Kinds of which Slack has nothing but the name left: deleted, or older than what a free workspace shows. */
const goneModes = new Set(['tombstone', 'hidden_by_limit']);

/** The files of a message that a person points at. */
export interface ShownFiles {
  /** Its `ts`. */
  message: string;
  pictures: { id: string; name: string }[];
  /** Names of what is no picture. */
  others: string[];
  /** How many are not there any more. */
  gone: number;
}

/** Undefined where the message has no files. Those of another workspace's people come without a type, and may be pictures. */
export function shownFiles(message: string, files: z.infer<typeof attachedFiles>): ShownFiles | undefined {
  if (files.length === 0) return undefined;
  const there = files.filter(({ mode }) => !goneModes.has(mode ?? ''));
  const isPicture = ({ mimetype }: { mimetype?: string | null | undefined }) => !mimetype || pictureTypes.has(mimetype);
  const nameOf = ({ id, name }: { id: string; name?: string | null | undefined }) => name || id;
  return {
    message,
    pictures: there.filter(isPicture).map((file) => ({ id: file.id, name: nameOf(file) })),
    others: there.filter((file) => !isPicture(file)).map(nameOf),
    gone: files.length - there.length,
  };
}

/** What the form says of the pictures: which are taken, to be changed there, and which files cannot be. */
export function shownBlocks(
  { pictures, others, gone }: ShownFiles,
  filesMax: number,
  say: (text: Text) => string,
): Block[] {
  const note = (text: Text): Block => ({ type: 'section', text: plain(say(text), sectionCharsMax) });
  const count = pictures.length;
  const fits = count <= filesMax;
  const choices = options(labelled(pictures));
  const menu = {
    type: 'multi_static_select',
    options: choices,
    ...(fits ? { initial_options: choices } : {}),
    max_selected_items: filesMax,
  };
  const label = say({ key: 'slack.form.shown', values: { count } });
  const hint = fits
    ? say({ key: 'slack.form.shownTaken', values: { count } })
    : say({ key: 'slack.form.shownTooMany', values: { count, max: filesMax } });
  return [
    ...(others.length > 0
      ? [note({ key: 'slack.form.notPictures', values: { count: others.length, names: { list: others } } })]
      : []),
    ...(gone > 0 ? [note({ key: 'slack.form.gone', values: { count: gone } })] : []),
    ...(count > 0 ? [input(shownBlock, label, true, menu, hint)] : []),
  ];
}

const picked = z.object({ selected_options: z.array(z.object({ value: z.string() })).nullish() });

/** The pictures that stayed picked, as files of the message that is answered; Slack is asked for them by their ids. */
export function readPicked(state: Record<string, Record<string, unknown>>): FileRef[] {
  const chosen = picked.safeParse(Object.values(state[shownBlock] ?? {})[0]).data?.selected_options ?? [];
  return chosen.map(({ value }) => {
    const [locator = '', ...name] = value.split(' ');
    return { name: name.join(' ') || locator, type: '', bytes: 0, locator, answered: true };
  });
}

/** Several may have one name, such as those that were pasted. */
function labelled(pictures: ShownFiles['pictures']): { label: string; value: string }[] {
  return pictures.map(({ id, name }, index) => {
    const isTwice = pictures.some((other, place) => place !== index && other.name === name);
    const label = isTwice ? `${index + 1}: ${name}` : name;
    return { label, value: `${id} ${shorten(name, valueCharsMax - id.length - 1)}` };
  });
}
