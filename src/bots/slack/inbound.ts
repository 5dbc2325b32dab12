import { fileRefs } from '#bots/slack/attached-files.ts';
import { readSlash } from '#bots/slack/commands.ts';
import { readForm } from '#bots/slack/form.ts';
import {
  eventCallback,
  type Interaction,
  type MessageEvent,
  press,
  shortcut,
  submission,
} from '#bots/slack/payloads.ts';
import { type ShownFiles, shownFiles } from '#bots/slack/shown-pictures.ts';
import { type Names, noNames, readMentions, readTyped, withoutMention } from '#bots/slack/typed-text.ts';
import { readNews, type WorkspaceNews } from '#bots/slack/workspace-news.ts';
import type { FileRef, Mention, RepliedTo } from '#core/ports/chat.ts';

/** Who said it, and where. */
export interface Origin {
  workspace: { platformId: string; name: string };
  channel: { id: string; name: string };
  user: string;
  /** `ts` of the thread's first message. */
  thread?: string;
  /** The bot was spoken to there, so it is there. */
  heard: boolean;
}

/** What a person says to the bot, whatever way it took. */
export interface Said {
  kind: 'said';
  /** How it came decides how it is acknowledged, and where a private answer can be shown. */
  by: 'command' | 'message' | 'press' | 'form';
  origin: Origin;
  /** What was said where: the same for every delivery of it. */
  deliveryKey: string;
  text: string;
  bare?: boolean;
  files: FileRef[];
  mentions?: Mention[];
  repliesTo?: RepliedTo;
  /** Opens one form within three seconds. */
  trigger?: string;
  /** Takes five answers in 30 minutes. */
  responseUrl?: string;
  /** Where a private answer goes, when it is not at the top of the channel. */
  privateThread?: string;
}

/** Somebody wants to fill in the form. */
export interface FormWanted {
  kind: 'form wanted';
  origin: Origin;
  deliveryKey: string;
  /** Opens one form within three seconds. */
  trigger: string;
  /** What the prompt begins with. */
  prompt: string;
  /** The files of the message that it is about. */
  shown?: ShownFiles;
  responseUrl: string;
  privateThread?: string;
}

export type Inbound =
  | Said
  | FormWanted
  | { kind: 'challenge'; challenge: string }
  | { kind: 'limited' }
  | WorkspaceNews;

/** What Slack calls a private channel and a conversation of people among themselves, in place of a name. */
const unnamed = new Set(['', 'directmessage', 'privategroup']);

/** Reads a payload of either way in; undefined when it is nothing that is said to the bot. */
export function readPayload(payload: unknown, names = noNames): Inbound | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { type, command, challenge } = payload as Record<string, unknown>;
  if (typeof command === 'string') return readCommand(payload);
  switch (type) {
    case 'event_callback':
      return readNews(payload) ?? readEvent(payload, names);
    case 'block_actions':
      return readPress(payload);
    case 'message_action':
      return readShortcut(payload, names);
    case 'view_submission':
      return readSubmission(payload);
    case 'url_verification':
      return typeof challenge === 'string' ? { kind: 'challenge', challenge } : undefined;
    case 'app_rate_limited':
      return { kind: 'limited' };
    default:
      return undefined;
  }
}

/** docs.slack.dev/interactivity/implementing-slash-commands: a form, so each field is a string or is not there. */
function readCommand(payload: object): Inbound | undefined {
  const field = (name: string): string => {
    const value = (payload as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : '';
  };
  const [command, channelId, user] = [field('command'), field('channel_id'), field('user_id')];
  const [trigger, responseUrl] = [field('trigger_id'), field('response_url')];
  if (!command.startsWith('/') || !channelId || !user || !trigger || !responseUrl) return undefined;
  const workspaceId = field('team_id') || field('enterprise_id');
  const origin = {
    workspace: { platformId: workspaceId, name: field('team_domain') || workspaceId },
    channel: { id: channelId, name: nameOf({ id: channelId, name: field('channel_name') }) },
    user,
    heard: false,
  };
  // One of these for each time it is typed; there is no message that would have an id.
  const deliveryKey = `command:${trigger}`;
  const typed = readTyped(field('text'), noNames);
  const asked = { origin, deliveryKey, responseUrl };
  if (command === '/imagine' && typed.trim() === '') return { kind: 'form wanted', ...asked, trigger, prompt: '' };
  const said = { ...readSlash(command, typed), ...readMentions(field('text'), noNames) };
  return { kind: 'said', by: 'command', ...asked, trigger, ...said, files: [] };
}

function readEvent(payload: object, names: Names): Said | undefined {
  const read = eventCallback.safeParse(payload);
  if (!read.success) return undefined;
  const { event, team_id, enterprise_id, authorizations } = read.data;
  const botUser = authorizations.find(({ is_bot }) => is_bot)?.user_id ?? undefined;
  if (!isSaidToBot(event, botUser)) return undefined;
  const isDirect = event.type === 'message';
  const workspaceId = team_id ?? enterprise_id ?? '';
  const thread = event.thread_ts ?? (isDirect ? undefined : event.ts);
  const origin: Origin = {
    workspace: { platformId: workspaceId, name: workspaceId },
    channel: { id: event.channel, name: event.channel },
    user: event.user,
    heard: true,
    ...(thread === undefined ? {} : { thread }),
  };
  const words = isDirect && botUser === undefined ? event.text : withoutMention(event.text, botUser);
  const typed = readTyped(words, names);
  const files = fileRefs(event.files ?? []);
  return {
    kind: 'said',
    by: 'message',
    origin,
    deliveryKey: `message:${event.channel}:${event.ts}`,
    ...readWords(typed, files.length > 0),
    ...readMentions(words, names),
    files,
    // A thread that has no reply yet is not there, and nobody would see a private answer in it.
    ...(event.thread_ts === undefined ? {} : inThread(event.channel, event.thread_ts)),
  };
}

/** What is said in a thread answers the message that it began with. */
function inThread(channel: string, thread: string): Pick<Said, 'privateThread' | 'repliesTo'> {
  return { privateThread: thread, repliesTo: { channel, message: thread, thread } };
}

function isSaidToBot(event: MessageEvent, botUser: string | undefined): boolean {
  if (event.bot_id !== undefined || event.user === botUser) return false;
  if (event.subtype !== undefined && event.subtype !== 'file_share' && event.subtype !== 'thread_broadcast')
    return false;
  return event.type === 'app_mention' || event.channel_type === 'im';
}

function readWords(typed: string, hasFiles: boolean): { text: string; bare?: true } {
  // Pictures without words lack a prompt, and that is what should be said.
  if (typed.trim() === '') return { text: hasFiles ? '/imagine' : '/help' };
  return typed.trimStart().startsWith('/') ? { text: typed.trimStart() } : { text: typed, bare: true };
}

function readPress(payload: object): Said | undefined {
  const read = press.safeParse(payload);
  const action = read.data?.actions[0];
  if (!read.success || !action) return undefined;
  const { container, message: pressed, response_url: responseUrl, trigger_id: trigger, ...data } = read.data;
  const thread = container.thread_ts ?? pressed?.thread_ts;
  const origin = originOf(data, thread);
  return {
    kind: 'said',
    by: 'press',
    origin,
    deliveryKey: `press:${data.channel.id}:${container.message_ts}:${data.user.id}:${action.action_ts}`,
    text: action.selected_option?.value ?? action.value ?? action.action_id,
    files: [],
    ...(trigger === undefined ? {} : { trigger }),
    responseUrl,
    ...(thread === undefined ? {} : { privateThread: thread }),
  };
}

function readShortcut(payload: object, names: Names): FormWanted | undefined {
  const read = shortcut.safeParse(payload);
  if (!read.success) return undefined;
  const { message: about, trigger_id: trigger, response_url: responseUrl, api_app_id: app, ...data } = read.data;
  const origin = originOf(data, about.thread_ts ?? about.ts);
  const shown = shownFiles(about.ts, about.files ?? []);
  // What we say above pictures is no prompt.
  const prompt = shown && app !== undefined && about.app_id === app ? '' : readTyped(about.text, names);
  return {
    kind: 'form wanted',
    origin,
    deliveryKey: `shortcut:${trigger}`,
    trigger,
    prompt,
    ...(shown ? { shown } : {}),
    responseUrl,
    ...(about.thread_ts === undefined ? {} : { privateThread: about.thread_ts }),
  };
}

function readSubmission(payload: object): Said | undefined {
  const read = submission.safeParse(payload);
  const form = read.success ? readForm(read.data.view.private_metadata, read.data.view.state.values) : undefined;
  if (!read.success || !form) return undefined;
  const { place, ...said } = form;
  return {
    kind: 'said',
    by: 'form',
    origin: originOf({ ...read.data, channel: place.channel }, place.thread),
    // One that was refused is corrected and sent again.
    deliveryKey: ['form', read.data.view.id, ...(read.data.trigger_id ? [read.data.trigger_id] : [])].join(':'),
    ...said,
    ...(place.responseUrl === undefined ? {} : { responseUrl: place.responseUrl }),
    ...(place.privateThread === undefined ? {} : { privateThread: place.privateThread }),
  };
}

function originOf(data: Interaction, thread: string | undefined): Origin {
  const workspaceId = data.team?.id ?? data.user.team_id ?? data.enterprise?.id ?? '';
  return {
    workspace: { platformId: workspaceId, name: data.team?.domain ?? data.enterprise?.name ?? workspaceId },
    channel: { id: data.channel.id, name: nameOf(data.channel) },
    user: data.user.id,
    heard: false,
    ...(thread === undefined ? {} : { thread }),
  };
}

function nameOf({ id: channelId, name }: { id: string; name: string }): string {
  return unnamed.has(name) ? channelId : name;
}
