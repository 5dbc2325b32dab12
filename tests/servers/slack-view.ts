import { layOut, textOf } from '#tests/servers/slack-layout.ts';
import type { Markup, Names } from '#tests/servers/slack-markup.ts';
import type { Channel, Json, Message, SlackFile, World } from '#tests/servers/slack-world.ts';

export interface SeenImage {
  /** As uploaded; missing for an address elsewhere. */
  bytes?: Uint8Array;
  /** File name, or the address. */
  name: string;
  type: string;
  alt: string;
  title: string;
  fileId?: string;
}

export interface SeenAction {
  label: string;
  actionId: string;
  blockId: string;
  /** Its type, such as `button` or `static_select`. */
  kind: string;
  value?: string;
  style?: string;
  url?: string;
  options?: { label: string; value: string }[];
}

export interface SeenMessage {
  teamId: string;
  channelId: string;
  ts: string;
  /** The parent's `ts`, when it is a reply. */
  thread?: string;
  /** Person id of who wrote it. */
  author: string;
  fromBot: boolean;
  /**
   * Everything written, laid out top to bottom, button labels left out, entities decoded, markers removed.
   * U+200B and U+2060 are removed too: they are how markers are broken, and nobody sees them.
   */
  text: string;
  /** What notifications and screen readers get; the text when there are no blocks. */
  fallback: string;
  /** Formatting that took effect. */
  markup: Markup[];
  /** Who is notified: `channel`, `here`, `everyone`, `user:U…`, `group:S…`; from the fallback too. */
  pings: string[];
  images: SeenImage[];
  /** Other files. */
  files: { name: string; type: string; bytes: Uint8Array }[];
  actions: SeenAction[];
  edits: number;
  /** Only this person sees it. */
  private: boolean;
  reactions: string[];
  /** As the app sent them, for what no field tells. */
  blocks: readonly Json[];
}

/** Names as they are shown in a workspace. */
export function namesOf(world: World, teamId: string): Names {
  const channels = () => [...world.channels.values()].filter((channel) => channel.teamId === teamId);
  return {
    user: (id) => world.teams.get(teamId)?.users.get(id)?.name,
    channel: (id) => channels().find((channel) => channel.id === id)?.name,
    channelNamed: (name) => channels().find((channel) => channel.kind !== 'im' && channel.name === name)?.id,
  };
}

/** Whether the person may read the channel: members, and everyone but guests in public ones. */
export function mayRead(world: World, channel: Channel, personId: string): boolean {
  if (channel.members.has(personId)) return true;
  const user = world.teams.get(channel.teamId)?.users.get(personId);
  return channel.kind === 'public' && user !== undefined && !user.guest;
}

export function seenBy(world: World, channelId: string, personId: string): SeenMessage[] {
  const channel = world.channels.get(channelId);
  if (!channel || !mayRead(world, channel, personId)) return [];
  return channel.messages
    .filter(({ deleted, visibleTo }) => !deleted && (visibleTo === undefined || visibleTo === personId))
    .map((message) => seenMessage(world, message));
}

export function seenMessage(world: World, message: Message): SeenMessage {
  const names = namesOf(world, message.teamId);
  const laidOut = layOut(message.blocks, names, (id) => world.files.get(id));
  const own = textOf(message, names);
  const hasBlocks = message.blocks.length > 0;
  const pings = new Set([...own.pings, ...laidOut.pings]);
  return {
    teamId: message.teamId,
    channelId: message.channelId,
    ts: message.ts,
    ...(message.threadTs === undefined || message.threadTs === message.ts ? {} : { thread: message.threadTs }),
    author: message.userId,
    fromBot: message.fromBot,
    text: hasBlocks ? laidOut.text : own.text,
    fallback: own.text === '' ? laidOut.text : own.text,
    markup: hasBlocks ? laidOut.markup : own.markup,
    pings: [...pings],
    images: [...laidOut.images, ...message.files.filter(isImage).map(imageOf)],
    files: message.files
      .filter((file) => !isImage(file))
      .map(({ name, type, bytes = new Uint8Array() }) => ({ name, type, bytes })),
    actions: laidOut.actions,
    edits: message.edits,
    private: message.visibleTo !== undefined,
    reactions: message.reactions.map(({ name }) => name),
    blocks: message.blocks,
  };
}

const isImage = ({ type }: SlackFile): boolean => type.startsWith('image/');

export function imageOf(file: SlackFile): SeenImage {
  const { bytes, name, type, alt, title, id } = file;
  return { ...(bytes ? { bytes } : {}), name, type, alt, title, fileId: id };
}
