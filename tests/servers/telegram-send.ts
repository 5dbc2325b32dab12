import { randomInt } from 'node:crypto';
import { type Api, envelopeOf, post, requireChat, requireRight } from '#tests/servers/telegram-access.ts';
import {
  arrayOf,
  type Call,
  flagOf,
  integerOf,
  isJson,
  objectOf,
  stringOf,
} from '#tests/servers/telegram-arguments.ts';
import { findAutolinks, textOf } from '#tests/servers/telegram-autolinks.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { readMedia } from '#tests/servers/telegram-files.ts';
import { addressOf } from '#tests/servers/telegram-html.ts';
import { readKeyboard } from '#tests/servers/telegram-keyboard.ts';
import { captionText, isBlank, messageText, readFormatted } from '#tests/servers/telegram-text.ts';
import { toMessage } from '#tests/servers/telegram-wire.ts';
import type { Chat, Formatted, Json, Message, MessageDraft, StoredFile } from '#tests/servers/telegram-world.ts';

/** The text of a message. @throws {ApiRefusal} */
export function readText(api: Api, params: Json): Formatted {
  if (stringOf(params, 'text') === '') throw badRequest('message text is empty');
  const content = readFormatted(params, messageText);
  if (isBlank(content.text)) throw badRequest('text must be non-empty');
  if (content.text.length > api.limits.textMax) throw badRequest('message is too long');
  checkEntities(api, content);
  return content;
}

/** The caption of media; may be empty. @throws {ApiRefusal} */
export function readCaption(api: Api, params: Json): Formatted {
  const content = readFormatted(params, captionText);
  if (content.text.length > api.limits.captionMax) throw badRequest('message caption is too long');
  checkEntities(api, content);
  return content;
}

function checkEntities({ limits, violate }: Api, { entities }: Formatted): void {
  if (entities.length > limits.entitiesMax) {
    violate(`${entities.length} formatted spans in one message: Telegram shows the first ${limits.entitiesMax}.`);
  }
}

/** The address that is previewed under a text: the first one, unless the options say otherwise. */
export function readPreview(params: Json, content: Formatted): string | undefined {
  const options = objectOf(params, 'link_preview_options', 'LinkPreviewOptions') ?? {};
  if (flagOf(options, 'is_disabled')) return undefined;
  const url = stringOf(options, 'url');
  if (url !== '') return url;
  const links = [...content.entities, ...findAutolinks(content)].filter(({ type }) =>
    ['url', 'text_link'].includes(type),
  );
  const [first] = links.toSorted((a, b) => a.offset - b.offset);
  return first && (first.url ?? addressOf(textOf(content, first)));
}

export async function sendMessage(api: Api, { params }: Call): Promise<unknown> {
  const chat = requireChat(api, params, 'write');
  const content = readText(api, params);
  const keyboard = readKeyboard(params, api.limits, api.violate);
  const preview = readPreview(params, content);
  requireRight(api, chat, 'text');
  const draft = {
    ...envelopeOf(api, chat, params),
    content,
    ...(keyboard && { keyboard }),
    ...(preview !== undefined && { preview }),
  };
  return answered(api, chat, post(api, chat, [draft]))[0];
}

function answered({ world }: Api, chat: Chat, messages: readonly Message[]): Json[] {
  return messages.map((message) => toMessage(world, chat, message));
}

async function sendMedia(api: Api, call: Call, kind: StoredFile['kind']): Promise<unknown> {
  const { params } = call;
  const chat = requireChat(api, params, 'write');
  const content = readCaption(api, params);
  const keyboard = readKeyboard(params, api.limits, api.violate);
  requireRight(api, chat, kind === 'photo' ? 'photos' : 'documents');
  const file = await readMedia(api, call, kind, kind);
  const media = { file, spoiler: kind === 'photo' && flagOf(params, 'has_spoiler') };
  const draft = { ...envelopeOf(api, chat, params), content, media, ...(keyboard && { keyboard }) };
  return answered(api, chat, post(api, chat, [draft]))[0];
}

export const sendPhoto = (api: Api, call: Call) => sendMedia(api, call, 'photo');
export const sendDocument = (api: Api, call: Call) => sendMedia(api, call, 'document');

/** One `InputMedia` object. @throws {ApiRefusal} */
export async function readInputMedia(api: Api, item: unknown, files: Call['files']) {
  if (!isJson(item)) throw badRequest("can't parse InputMedia: expected an Object");
  const kind = item.type;
  if (kind !== 'photo' && kind !== 'document') throw badRequest("can't parse InputMedia: type must be specified");
  const content = readCaption(api, item);
  const file = await readMedia(api, { params: item, files }, 'media', kind);
  return { content, media: { file, spoiler: kind === 'photo' && flagOf(item, 'has_spoiler') } };
}

export async function sendMediaGroup(api: Api, { params, files }: Call): Promise<unknown> {
  const chat = requireChat(api, params, 'write');
  const items = arrayOf(params, 'media', 'InputMedia') ?? [];
  if (items.length === 0) throw badRequest('there are no messages to send');
  if (items.length > api.limits.albumMax) throw badRequest('too many messages to send as an album');
  if (items.length < api.limits.albumMin) throw badRequest('too few messages to send as an album');
  if (params.reply_markup !== undefined) {
    api.violate('sendMediaGroup was called with reply_markup: Telegram ignores it, an album has no buttons.');
  }
  const contents = await Promise.all(items.map((item) => readInputMedia(api, item, files)));
  const kinds = new Set(contents.map(({ media }) => media.file.kind));
  if (kinds.size > 1) throw badRequest("document can't be mixed with other media types");
  requireRight(api, chat, kinds.has('photo') ? 'photos' : 'documents');
  const envelope = { ...envelopeOf(api, chat, params), album: String(13_000_000_000 + randomInt(1_000_000_000)) };
  return answered(
    api,
    chat,
    post(
      api,
      chat,
      contents.map((content): MessageDraft => ({ ...envelope, ...content })),
    ),
  );
}

async function repeat(api: Api, { params }: Call, forward: boolean): Promise<Message> {
  const chat = requireChat(api, params, 'write');
  const source = requireChat(api, params, 'read', 'from_chat_id');
  const original = source.messages.get(integerOf(params, 'message_id') ?? 0);
  const verb = forward ? 'forward' : 'copy';
  if (!original) throw badRequest(`message to ${verb} not found`);
  if (original.service || original.protected) throw badRequest(`message can't be ${forward ? 'forwarded' : 'copied'}`);
  const { media, preview } = original;
  requireRight(api, chat, media === undefined ? 'text' : media.file.kind === 'photo' ? 'photos' : 'documents');
  const content = !forward && params.caption !== undefined && media ? readCaption(api, params) : original.content;
  const keyboard = forward ? undefined : readKeyboard(params, api.limits, api.violate);
  const draft: MessageDraft = {
    ...envelopeOf(api, chat, params),
    content,
    ...(media && { media }),
    ...(preview !== undefined && { preview }),
    ...(keyboard && { keyboard }),
    ...(forward && { forwarded: { date: original.date, ...(original.from && { from: original.from }) } }),
  };
  return post(api, chat, [draft])[0] as Message;
}

export async function copyMessage(api: Api, call: Call): Promise<unknown> {
  return { message_id: (await repeat(api, call, false)).id };
}

export async function forwardMessage(api: Api, call: Call): Promise<unknown> {
  const message = await repeat(api, call, true);
  return toMessage(api.world, requireChat(api, call.params, 'read'), message);
}
