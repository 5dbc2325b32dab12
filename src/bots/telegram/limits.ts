import type { ChatLimits, RateBudget, Urgency } from '#core/ports/delivery.ts';

/** Largest photo, in bytes; https://core.telegram.org/bots/api#sending-files */
export const photoBytesMax = 10 * 1024 * 1024;
/** Width plus height of a photo, in pixels; https://core.telegram.org/bots/api#sendphoto */
export const photoSideSumMax = 10_000;
/** Longest side of a photo over its shortest; https://core.telegram.org/bots/api#sendphoto */
export const photoRatioMax = 20;
/** Largest document, in bytes; https://core.telegram.org/bots/api#sending-files */
const documentBytesMax = 50 * 1024 * 1024;
/** Largest file that a bot may fetch, in bytes; https://core.telegram.org/bots/api#getfile */
export const openedBytesMax = 20 * 1024 * 1024;
/** Characters after entities parsing; https://core.telegram.org/bots/api#sendmessage */
const textMax = 4096;
/** Characters after entities parsing; https://core.telegram.org/bots/api#sendphoto */
export const captionMax = 1024;
/** What is over this many in one message is shown without its formatting; https://limits.tginfo.me */
export const entitiesMax = 100;
/** Items of a media group; https://core.telegram.org/bots/api#sendmediagroup */
export const albumMax = 10;
/** Characters of a callback query's answer; https://core.telegram.org/bots/api#answercallbackquery */
export const alertMax = 200;

/** What fits in a private chat or a group. */
export const limits: ChatLimits = {
  imagesPerMessage: albumMax,
  fileBytesMax: documentBytesMax,
  textMax,
  /** One message a second in a chat, edits too: https://core.telegram.org/bots/faq */
  sendSpacingMs: 1_100,
  // Every edit draws on the few messages a chat may get.
  liveImageEditMinMs: null,
  repliesCount: true,
  keepsOriginals: false,
  // A document cannot be hidden: https://core.telegram.org/bots/api#senddocument
  spoilers: ['pictures'],
};

/** A card's last edit, an album and the buttons below it. */
const finalMessages = albumMax + 2;

const allChats = 'all';
/** About 30 messages a second over all chats, an album's items one by one: https://core.telegram.org/bots/faq */
const all = { limit: 30, progressLimit: 15, windowMs: 1_050 };
/** "Short bursts" pass where there is one message a second, an album being one: the same page, without a figure. */
const chat = { limit: 3, progressLimit: 3, windowMs: 3_150 };
/** 20 messages a minute in a group, an album's items one by one: the same page. */
const group = { limit: 20, progressLimit: 20 - finalMessages, windowMs: 60_500 };
/** So that what a group leaves for progress lasts. */
const groupProgress = { limit: 1, progressLimit: 1, windowMs: 5_000 };

/** What `messages` in a chat draw on; an album is as many as it has items. */
export function budgetsOf(chatId: number | string, messages: number, urgency: Urgency): RateBudget[] {
  const isGroup = Number(chatId) < 0;
  return [
    { ...all, key: allChats, cost: messages },
    { ...chat, key: `chat:${chatId}`, cost: 1 },
    ...(isGroup ? [{ ...group, key: `group:${chatId}`, cost: messages }] : []),
    ...(isGroup && urgency === 'progress' ? [{ ...groupProgress, key: `progress:${chatId}`, cost: 1 }] : []),
  ];
}
