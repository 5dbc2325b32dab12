import { type Api, requireChat, requireRight, spend } from '#tests/servers/telegram-access.ts';
import { arrayOf, type Call, integerOf, isJson, objectOf, stringOf } from '#tests/servers/telegram-arguments.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { readKeyboard } from '#tests/servers/telegram-keyboard.ts';
import { readCaption, readInputMedia, readPreview, readText } from '#tests/servers/telegram-send.ts';
import { toMessage } from '#tests/servers/telegram-wire.ts';
import { type Chat, changed, isAdmin, type Message, secondsNow } from '#tests/servers/telegram-world.ts';

type Change = Pick<Message, 'content' | 'media' | 'keyboard' | 'preview'>;

const ageToDeleteMaxSeconds = 48 * 3600;

/** The bot's message that a call wants changed. @throws {ApiRefusal} */
function requireOwn(api: Api, { params }: Call): { chat: Chat; message: Message } {
  if (stringOf(params, 'inline_message_id') !== '') throw badRequest('MESSAGE_ID_INVALID');
  const chat = requireChat(api, params, 'write');
  const id = integerOf(params, 'message_id');
  if (id === undefined) throw badRequest('message identifier is not specified');
  const message = chat.messages.get(id);
  if (!message) throw badRequest('message to edit not found');
  const isOwn = message.from?.id === api.world.bot.id || (chat.type === 'channel' && isAdmin(chat, api.world.bot.id));
  if (!isOwn || message.service || message.forwarded) throw badRequest("message can't be edited");
  return { chat, message };
}

/** What decides whether anything is different. */
function contentKey({ content, media, keyboard, preview }: Change): string {
  const buttons = keyboard?.map((row) => row.map(({ raw }) => raw));
  return JSON.stringify([content, media && [media.file.id, media.spoiler], buttons, preview]);
}

/** A keyboard that is not sent again is gone. @throws {ApiRefusal} */
function apply(api: Api, { chat, message }: { chat: Chat; message: Message }, change: Change): unknown {
  if (contentKey(change) === contentKey(message)) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  spend(api, chat);
  for (const name of ['media', 'keyboard', 'preview'] as const) if (change[name] === undefined) delete message[name];
  Object.assign(message, change, { editDate: secondsNow(api.world), edits: message.edits + 1 });
  changed(api.world);
  return toMessage(api.world, chat, message);
}

function changeOf(parts: { [Name in keyof Change]: Change[Name] | undefined } & Pick<Change, 'content'>): Change {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as unknown as Change;
}

export function editMessageText(api: Api, call: Call): unknown {
  const { params } = call;
  if (params.rich_message !== undefined) throw badRequest('this test server shows no rich messages');
  const found = requireOwn(api, call);
  const content = readText(api, params);
  const keyboard = readKeyboard(params, api.limits, api.violate);
  if (found.message.media) throw badRequest('there is no text in the message to edit');
  return apply(api, found, changeOf({ content, keyboard, preview: readPreview(params, content), media: undefined }));
}

export function editMessageCaption(api: Api, call: Call): unknown {
  const found = requireOwn(api, call);
  const content = readCaption(api, call.params);
  const keyboard = readKeyboard(call.params, api.limits, api.violate);
  const { media } = found.message;
  if (!media) throw badRequest('there is no caption in the message to edit');
  return apply(api, found, changeOf({ content, keyboard, media, preview: undefined }));
}

export async function editMessageMedia(api: Api, call: Call): Promise<unknown> {
  const found = requireOwn(api, call);
  const item = objectOf(call.params, 'media', 'InputMedia');
  if (!item) throw badRequest('input media is not specified');
  const { content, media } = await readInputMedia(api, item, call.files);
  const keyboard = readKeyboard(call.params, api.limits, api.violate);
  const before = found.message.media?.file.kind;
  if (found.message.album !== undefined && before !== media.file.kind) {
    throw badRequest("can't use the media of the specified type in the album");
  }
  requireRight(api, found.chat, media.file.kind === 'photo' ? 'photos' : 'documents');
  // The message may have gone while the picture was looked at.
  if (!found.chat.messages.has(found.message.id)) throw badRequest('message to edit not found');
  return apply(api, found, changeOf({ content, media, keyboard, preview: undefined }));
}

export function editMessageReplyMarkup(api: Api, call: Call): unknown {
  const found = requireOwn(api, call);
  const keyboard = readKeyboard(call.params, api.limits, api.violate);
  const { content, media, preview } = found.message;
  if (keyboard && found.message.album !== undefined) throw badRequest("message can't be edited");
  return apply(api, found, changeOf({ content, media, preview, keyboard }));
}

export function deleteMessage(api: Api, { params }: Call): unknown {
  const { world } = api;
  const chat = requireChat(api, params, 'write');
  const id = integerOf(params, 'message_id');
  if (id === undefined) throw badRequest('message identifier is not specified');
  const message = chat.messages.get(id);
  if (!message) throw badRequest('message to delete not found');
  const isTooOld = message.date < secondsNow(world) - ageToDeleteMaxSeconds;
  const mayDelete = chat.type === 'private' ? !isTooOld : message.from?.id === world.bot.id && !isTooOld;
  if (!mayDelete && !isAdmin(chat, world.bot.id)) throw badRequest("message can't be deleted");
  chat.messages.delete(id);
  changed(world);
  return true;
}

/** Some of those that bots may use (core.telegram.org/bots/api#reactiontypeemoji). */
const reactions =
  '❤👍👎🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡';

export function setMessageReaction(api: Api, { params }: Call): unknown {
  const chat = requireChat(api, params, 'write');
  const message = chat.messages.get(integerOf(params, 'message_id') ?? 0);
  if (!message) throw badRequest('message to react not found');
  const wanted = arrayOf(params, 'reaction', 'ReactionType') ?? [];
  if (wanted.length > 1) throw badRequest('REACTIONS_TOO_MANY');
  const [first] = wanted;
  if (first === undefined) message.reactions.delete(api.world.bot.id);
  else {
    const emoji = isJson(first) ? stringOf(first, 'emoji').replaceAll('\ufe0f', '') : '';
    if (emoji === '' || !reactions.includes(emoji)) throw badRequest('REACTION_INVALID');
    message.reactions.set(api.world.bot.id, emoji);
  }
  changed(api.world);
  return true;
}
