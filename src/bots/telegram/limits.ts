import type { ChatLimits, RateBudget } from '#core/ports/chat.ts';

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

/** One message a second in a chat, 20 a minute in a group: https://core.telegram.org/bots/faq. Edits count too. */
const privateSpacingMs = 1100;
const groupSpacingMs = 3100;

/** What fits in a private chat or a group. */
export function limitsOf(kind: 'private' | 'group'): ChatLimits {
  return {
    imagesPerMessage: albumMax,
    fileBytesMax: documentBytesMax,
    textMax,
    sendSpacingMs: kind === 'private' ? privateSpacingMs : groupSpacingMs,
    // Every edit draws on the few messages a chat may get.
    liveImageEditMinMs: null,
    repliesCount: true,
    keepsOriginals: false,
  };
}

const allChats = 'all';

/** About 30 messages a second over all chats, an album's items one by one: 25 and a burst of 5 fit into any second; https://core.telegram.org/bots/faq */
export function budgetsOf(messages: number): RateBudget[] {
  return [{ key: allChats, everyMs: 40, burst: 5, cost: messages }];
}
