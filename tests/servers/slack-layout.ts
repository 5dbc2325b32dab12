import { renderMarkdown } from '#tests/servers/slack-markdown.ts';
import { type Markup, type Names, type Rendered, renderPlain } from '#tests/servers/slack-markup.ts';
import { renderMrkdwn } from '#tests/servers/slack-mrkdwn.ts';
import type { SeenAction, SeenImage } from '#tests/servers/slack-view.ts';
import type { Json, Message, SlackFile } from '#tests/servers/slack-world.ts';

export interface LaidOut extends Rendered {
  images: SeenImage[];
  actions: SeenAction[];
}

/** The message's own text, without its blocks. */
export function textOf({ text, isMarkdown, linkNames }: Message, names: Names): Rendered {
  return isMarkdown ? renderMarkdown(text, names) : renderMrkdwn(text, names, { linkNames });
}

/** Blocks as a reader sees them, top to bottom. `fileOf` finds what `slack_file` names. */
export function layOut(blocks: readonly Json[], names: Names, fileOf: (id: string) => SlackFile | undefined): LaidOut {
  const lines: string[] = [];
  const markup: Markup[] = [];
  const pings: string[] = [];
  const images: SeenImage[] = [];
  const actions: SeenAction[] = [];

  function say(rendered: Rendered): void {
    if (rendered.text !== '') lines.push(rendered.text);
    markup.push(...rendered.markup);
    pings.push(...rendered.pings);
  }

  function sayObject(object: unknown): void {
    if (typeof object === 'string') say(renderPlain(object));
    if (!isObject(object)) return;
    const text = String(object.text ?? '');
    if (object.type === 'mrkdwn') {
      const automatic = object.verbatim !== true;
      say(renderMrkdwn(text, names, { automatic, linkNames: automatic }));
    } else say(renderPlain(text, object.emoji !== false));
  }

  function showImage(image: Json): void {
    const id = isObject(image.slack_file) ? fileIdOf(image.slack_file) : undefined;
    const file = id === undefined ? undefined : fileOf(id);
    const address = String(image.image_url ?? '');
    images.push({
      ...(file?.bytes ? { bytes: file.bytes } : {}),
      name: file?.name ?? address,
      type: file?.type ?? '',
      alt: String(image.alt_text ?? ''),
      title: isObject(image.title) ? String(image.title.text ?? '') : '',
      ...(id === undefined ? {} : { fileId: id }),
    });
  }

  function showElement(element: unknown, blockId: string): void {
    if (!isObject(element)) return;
    if (element.type === 'image') showImage(element);
    else if (element.type === 'mrkdwn' || element.type === 'plain_text') sayObject(element);
    else actions.push(actionOf(element, blockId));
  }

  function show(block: Json): void {
    const blockId = String(block.block_id ?? '');
    const elements = arrayOf(block.elements);
    if (block.type === 'image') {
      sayObject(block.title);
      showImage(block);
    } else if (block.type === 'markdown') say(renderMarkdown(String(block.text ?? ''), names));
    else if (block.type === 'rich_text') for (const element of elements) say(renderRichText(element, names));
    else if (block.type === 'carousel') for (const card of elements) show(card as Json);
    else {
      for (const part of ['title', 'subtitle', 'text', 'body', 'label', 'details', 'output', 'hint', 'subtext']) {
        const value = block[part];
        if (isObject(value) && value.type === 'rich_text') show(value);
        else sayObject(value);
      }
      for (const part of ['fields', 'actions']) {
        for (const item of arrayOf(block[part])) part === 'fields' ? sayObject(item) : showElement(item, blockId);
      }
      for (const part of ['icon', 'hero_image', 'accessory', 'element']) showElement(block[part], blockId);
      for (const element of elements) showElement(element, blockId);
      for (const part of ['tasks', 'child_blocks']) for (const child of arrayOf(block[part])) show(child as Json);
      for (const row of arrayOf(block.rows)) for (const cell of arrayOf(row)) showCell(cell);
    }
  }

  function showCell(cell: unknown): void {
    if (isObject(cell) && cell.type === 'rich_text') show(cell);
    else sayObject(cell);
  }

  for (const block of blocks) show(block);
  return { text: lines.join('\n'), markup, pings, images, actions };
}

function actionOf(element: Json, blockId: string): SeenAction {
  const label = element.text ?? element.placeholder ?? {};
  const options = arrayOf(element.options)
    .filter(isObject)
    .map((option) => ({ label: labelOf(option.text), value: String(option.value ?? '') }));
  return {
    label: labelOf(label),
    actionId: String(element.action_id ?? ''),
    blockId,
    kind: String(element.type ?? ''),
    ...(element.value === undefined ? {} : { value: String(element.value) }),
    ...(element.style === undefined ? {} : { style: String(element.style) }),
    ...(element.url === undefined ? {} : { url: String(element.url) }),
    ...(options.length === 0 ? {} : { options }),
  };
}

const labelOf = (object: unknown): string => (isObject(object) ? renderPlain(String(object.text ?? '')).text : '');

const richStyles = { bold: 'bold', italic: 'italic', strike: 'strike', code: 'code' } as const;
const richContainers: Record<string, Markup['kind'] | undefined> = {
  rich_text_quote: 'quote',
  rich_text_preformatted: 'pre',
  rich_text_list: 'list',
};

/** Rich text says what it is; nothing in its texts is parsed. */
function renderRichText(element: unknown, names: Names): Rendered {
  if (!isObject(element)) return { text: '', markup: [], pings: [] };
  const type = String(element.type);
  if (element.elements !== undefined) {
    const parts = arrayOf(element.elements).map((part) => renderRichText(part, names));
    const text = parts.map((part) => part.text).join(type === 'rich_text_list' ? '\n' : '');
    const container = richContainers[type];
    const markup = parts.flatMap((part) => part.markup);
    return {
      text,
      markup: container ? [...markup, { kind: container, text }] : markup,
      pings: parts.flatMap((part) => part.pings),
    };
  }
  const one = (text: string, markup: Markup[], pings: string[] = []): Rendered => ({ text, markup, pings });
  if (type === 'user') {
    const [id, text] = [String(element.user_id), `@${names.user(String(element.user_id)) ?? 'unknown'}`];
    return one(text, [{ kind: 'user', text, target: id }], [`user:${id}`]);
  }
  if (type === 'broadcast') {
    const text = `@${element.range}`;
    return one(text, [{ kind: 'broadcast', text }], [String(element.range)]);
  }
  if (type === 'usergroup') {
    const text = `@${element.usergroup_id}`;
    return one(text, [{ kind: 'group', text }], [`group:${element.usergroup_id}`]);
  }
  if (type === 'channel') {
    const text = `#${names.channel(String(element.channel_id)) ?? 'unknown'}`;
    return one(text, [{ kind: 'channel', text, target: String(element.channel_id) }]);
  }
  if (type === 'emoji') return one(`:${element.name}:`, [{ kind: 'emoji', text: `:${element.name}:` }]);
  if (type === 'link') {
    const text = String(element.text ?? element.url);
    return one(text, [{ kind: 'link', text, target: String(element.url) }]);
  }
  const text = String(element.text ?? element.fallback ?? '');
  const style = isObject(element.style) ? element.style : {};
  const kinds = Object.entries(richStyles).filter(([name]) => style[name] === true);
  return one(
    text,
    kinds.map(([, kind]) => ({ kind, text })),
  );
}

/** `slack_file` names a file by id or by one of its addresses, which hold the id. */
export function fileIdOf(slackFile: Json): string | undefined {
  if (typeof slackFile.id === 'string') return slackFile.id;
  return /\bF[A-Z0-9]{8,}\b/.exec(String(slackFile.url ?? ''))?.[0];
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
