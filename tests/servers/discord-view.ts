import { componentTypes } from '#tests/servers/discord-component-rules.ts';
import { type Context, has } from '#tests/servers/discord-context.ts';
import { readMarkup } from '#tests/servers/discord-markup.ts';
import { sanitizeFileName } from '#tests/servers/discord-message-rules.ts';
import { can } from '#tests/servers/discord-permissions.ts';
import { type Attachment, type Component, guildOf, type Json, type Message } from '#tests/servers/discord-world.ts';

export interface SeenImage {
  name: string;
  type: string;
  /** As uploaded; empty when the picture is somebody else's. */
  bytes: Uint8Array;
  alt: string;
  spoiler: boolean;
}

export interface SeenAction {
  kind: 'button' | 'link' | 'select';
  /** The custom id, or where a link leads. */
  id: string;
  label: string;
  style: 'primary' | 'secondary' | 'success' | 'danger' | 'link' | 'premium';
  disabled: boolean;
  /** Of a select. */
  options: { label: string; value: string }[];
}

/** One message as a person sees it now. */
export interface SeenMessage {
  id: string;
  channelId: string;
  author: { id: string; name: string; bot: boolean };
  /** Everything that is written, as it reads: without markers and escapes. Labels of buttons are in `actions`. */
  text: string;
  /** What was drawn as more than characters: bold, link, user mention… Each kind once. */
  markup: string[];
  /** Bare addresses that became clickable. */
  autolinks: string[];
  /** Who was notified: `everyone`, `here`, `user:<id>`, `role:<id>`. */
  pings: string[];
  images: SeenImage[];
  /** Attachments shown as files. */
  files: { name: string; type: string; bytes: Uint8Array }[];
  /** Names of attachments that nothing shows. */
  unseen: string[];
  actions: SeenAction[];
  /** How often it has changed since it was first readable. */
  edits: number;
  /** Only this person sees it. */
  private: boolean;
  /** "… is thinking". */
  loading: boolean;
  /** The thread that began on it. */
  threadId: string | undefined;
  replyTo: string | undefined;
  /** The interaction it answers; undefined when the app wrote it by itself. */
  interactionId: string | undefined;
  /** Of the container's edge, 0xRRGGBB. */
  accentColor: number | undefined;
  createdAt: number;
}

interface Laid {
  texts: string[];
  images: SeenImage[];
  files: SeenMessage['files'];
  actions: SeenAction[];
  shown: Set<string>;
  accentColor: number | undefined;
}

const buttonStyles = ['primary', 'primary', 'secondary', 'success', 'danger', 'link', 'premium'] as const;
const kept = new WeakMap<Message, { version: string; seen: SeenMessage }>();

/** What a person sees in a channel, oldest first; nothing where they may not look. */
export function seenBy(context: Context, channelId: string, personId: string): SeenMessage[] {
  const channel = context.world.channels.get(channelId);
  if (!channel || !can(context.world, channel, personId, 'viewChannel')) return [];
  return channel.messages.filter((message) => isVisible(message, personId)).map((message) => seen(context, message));
}

export function isVisible({ deleted, visibleTo }: Message, personId: string): boolean {
  return !deleted && (visibleTo === undefined || visibleTo === personId);
}

/** One message as those see it who may. */
export function seen(context: Context, message: Message): SeenMessage {
  const { world } = context;
  const hasThread = world.channels.has(message.id);
  const version = `${message.edits} ${message.editedAt} ${message.flags} ${hasThread}`;
  const known = kept.get(message);
  if (known?.version === version) return known.seen;
  const author = world.users.get(message.authorId);
  const laid = layOut(context, message);
  const channel = world.channels.get(message.channelId);
  const guild = channel && guildOf(world, channel);
  // Each text is drawn for itself: markup does not reach over its end.
  const read = laid.texts.map((text) =>
    readMarkup(text, {
      user: (id) => world.users.get(id)?.name,
      role: (id) => guild?.roles.get(id)?.name,
      channel: (id) => world.channels.get(id)?.name,
    }),
  );
  const result: SeenMessage = {
    id: message.id,
    channelId: message.channelId,
    author: { id: message.authorId, name: author?.name ?? '', bot: author?.bot ?? false },
    text: read.map(({ text }) => text).join('\n'),
    markup: [...new Set(read.flatMap(({ markup }) => markup))],
    autolinks: read.flatMap(({ autolinks }) => autolinks),
    pings: message.pings,
    images: laid.images,
    files: laid.files,
    unseen: message.attachments.filter(({ id }) => !laid.shown.has(id)).map(({ name }) => name),
    actions: laid.actions,
    edits: message.edits,
    private: message.visibleTo !== undefined,
    loading: has(message.flags, 'loading'),
    threadId: hasThread ? message.id : undefined,
    replyTo: message.replyTo,
    interactionId: message.interactionId,
    accentColor: laid.accentColor,
    createdAt: message.createdAt,
  };
  kept.set(message, { version, seen: result });
  return result;
}

function layOut(context: Context, message: Message): Laid {
  const laid: Laid = { texts: [], images: [], files: [], actions: [], shown: new Set(), accentColor: undefined };
  if (message.content) laid.texts.push(message.content);
  for (const embed of message.embeds) layOutEmbed(context, message, embed, laid);
  for (const component of message.components) layOutComponent(context, message, component, false, laid);
  if (!has(message.flags, 'componentsV2')) {
    for (const attachment of message.attachments) {
      if (!laid.shown.has(attachment.id)) show(attachment, {}, false, laid);
    }
  }
  return laid;
}

function layOutEmbed(context: Context, message: Message, embed: Json, laid: Laid): void {
  const { author, title, description, footer } = embed as {
    author?: Json;
    title?: string;
    description?: string;
    footer?: Json;
  };
  const fields = (embed.fields as { name: string; value: string }[] | undefined) ?? [];
  const texts = [author?.name, title, description, ...fields.flatMap(({ name, value }) => [name, value]), footer?.text];
  laid.texts.push(...texts.filter((text) => typeof text === 'string' && text !== '').map(String));
  laid.accentColor ??= embed.color as number | undefined;
  for (const field of ['image', 'thumbnail']) {
    const media = embed[field] as Json | undefined;
    if (media) showMedia(context, message, media.url, {}, false, laid);
  }
}

function layOutComponent(context: Context, message: Message, component: Component, hidden: boolean, laid: Laid): void {
  const isHidden = hidden || component.spoiler === true;
  switch (component.type) {
    case componentTypes.textDisplay:
      laid.texts.push(String(component.content));
      break;
    case componentTypes.mediaGallery:
      for (const item of component.items as Json[]) {
        showMedia(context, message, (item.media as Json).url, item, isHidden, laid);
      }
      break;
    case componentTypes.thumbnail:
      showMedia(context, message, (component.media as Json).url, component, isHidden, laid);
      break;
    case componentTypes.file:
      showMedia(context, message, (component.file as Json).url, component, isHidden, laid, true);
      break;
    case componentTypes.container:
      laid.accentColor ??= (component.accent_color as number | null | undefined) ?? undefined;
      break;
    default: {
      const action = actionOf(component);
      if (action) laid.actions.push(action);
    }
  }
  for (const child of component.components ?? []) layOutComponent(context, message, child, isHidden, laid);
  if (component.accessory) layOutComponent(context, message, component.accessory as Component, isHidden, laid);
}

function actionOf(component: Component): SeenAction | undefined {
  const emoji = (component.emoji as Json | null | undefined)?.name;
  const label = [emoji, component.label].filter((part) => typeof part === 'string' && part !== '').join(' ');
  const disabled = component.disabled === true;
  if (component.type === componentTypes.button) {
    const style = buttonStyles[Number(component.style)] ?? 'primary';
    const kind = style === 'link' ? 'link' : 'button';
    return { kind, id: String(component.custom_id ?? component.url ?? ''), label, style, disabled, options: [] };
  }
  if (![3, 5, 6, 7, 8].includes(component.type)) return undefined;
  const options = ((component.options as Json[] | undefined) ?? []).map((option) => ({
    label: String(option.label),
    value: String(option.value),
  }));
  const placeholder = String(component.placeholder ?? '');
  return { kind: 'select', id: String(component.custom_id), label: placeholder, style: 'secondary', disabled, options };
}

function showMedia(
  { cdn }: Context,
  message: Message,
  url: unknown,
  how: Json,
  hidden: boolean,
  laid: Laid,
  asFile = false,
): void {
  const address = String(url);
  const own = address.startsWith('attachment://')
    ? message.attachments.find(({ name }) => name === sanitizeFileName(address.slice(13)))
    : undefined;
  const found = own ?? (address.startsWith('http') ? cdn.find(new URL(address)) : undefined);
  const none = { id: '', name: address, type: '', bytes: new Uint8Array(), spoiler: false, private: false };
  show(found ?? none, how, hidden, laid, asFile);
}

function show(attachment: Attachment, how: Json, hidden: boolean, laid: Laid, asFile = false): void {
  const { id, name, type, bytes, description, spoiler } = attachment;
  laid.shown.add(id);
  if (asFile || (type !== '' && !type.startsWith('image/') && !type.startsWith('video/'))) {
    laid.files.push({ name, type, bytes });
    return;
  }
  const alt = String(how.description ?? description ?? '');
  laid.images.push({ name, type, bytes, alt, spoiler: hidden || spoiler || how.spoiler === true });
}
