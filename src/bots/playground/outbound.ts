import { choicesOf } from '#bots/choices-of.ts';
import type { PlaygroundMessage } from '#bots/playground/store.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';
import type { I18n, Reader, Text } from '#src/i18n.ts';

/** A message as the page and its JSON interface show it, in one reader's words. All text is plain text. */
export interface ShownMessage {
  id: string;
  author: string;
  /** The whole message as plain text. */
  text: string;
  progress: { done: number; total: number } | null;
  images: { url: string; alt: string; width: number; height: number; name: string }[];
  actions: { id: string; label: string; style: string }[];
  choices: { label: string; options: { id: string; label: string }[] } | null;
  edits: number;
  tone: string;
  title: string | null;
  lines: string[];
  /** Lines that are addresses of ours, to be opened. */
  links: string[];
  fields: { label: string; value: string }[];
  private: boolean;
  at: string;
  attachments: { url: string; name: string }[];
}

/** Pages of at most as many pictures as a message shows; the words go with the first. */
export function splitMessage(message: OutgoingMessage, limits: ChatLimits): OutgoingPart[] {
  const pages: OutgoingPart[] = [];
  for (let first = 0; first < Math.max(1, message.images.length); first += limits.imagesPerMessage) {
    const images = message.images.slice(first, first + limits.imagesPerMessage);
    const { choices: _choices, ...rest } = message;
    const page = { ...rest, images, ...choicesOf(message, images, first === 0) };
    pages.push(first === 0 ? page : { ...page, lines: [], fields: [], actions: [] });
  }
  return pages;
}

/** Puts a stored message into a reader's words. */
export function showMessage(i18n: Pick<I18n, 'say'>, stored: PlaygroundMessage, reader: Reader): ShownMessage {
  const base = {
    id: stored.id,
    author: stored.author,
    edits: stored.edits,
    private: stored.reader !== null,
    at: stored.createdAt.toISOString(),
  };
  if (stored.content.kind === 'typed') {
    const { text, files } = stored.content;
    return {
      ...base,
      text,
      progress: null,
      images: [],
      actions: [],
      choices: null,
      tone: 'info',
      title: null,
      lines: text === '' ? [] : [text],
      links: [],
      fields: [],
      attachments: files.map((file) => ({ url: fileUrl(file.blob), name: file.name })),
    };
  }
  const { message } = stored.content;
  const say = (text: Text) => i18n.say(text, reader);
  const title = message.title ? say(message.title) : null;
  const lines = message.lines.map(say);
  const fields = message.fields.map(({ label, value }) => ({ label: say(label), value: say(value) }));
  return {
    ...base,
    text: [title, ...lines, ...message.fields.map((field) => say({ key: 'field', values: field }))]
      .filter((part) => part !== null)
      .join('\n'),
    progress: message.progress ?? null,
    images: message.images.map((image) => ({
      url: image.blob.includes('/partial-') ? `${fileUrl(image.blob)}?edit=${stored.edits}` : fileUrl(image.blob),
      alt: say(image.alt),
      width: image.width,
      height: image.height,
      name: image.name,
    })),
    actions: message.actions.map((action) => ({ id: action.id, label: say(action.label), style: action.style })),
    choices: message.choices
      ? {
          label: say(message.choices.label),
          options: message.choices.options.map(({ id, label }) => ({ id, label: say(label) })),
        }
      : null,
    tone: message.tone,
    title,
    lines,
    links: message.lines.flatMap((line) => ('url' in line ? [line.url] : [])),
    fields,
    attachments: [],
  };
}

function fileUrl(blob: string): string {
  return `/playground/files/${blob.split('/').map(encodeURIComponent).join('/')}`;
}
