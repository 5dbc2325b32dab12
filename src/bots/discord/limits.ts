import type { ChatLimits } from '#core/ports/delivery.ts';

/** All files and words of one request together: the same page. */
const requestBytesMax = 25 * 1024 * 1024;
/** Room in a request for the words and the borders between the files. */
const requestWordsBytes = 256 * 1024;
/** What all files of one message may have together. */
export const filesBytesMax = requestBytesMax - requestWordsBytes;

export const limits: ChatLimits = {
  /** A media gallery's items: https://docs.discord.com/developers/components/reference#media-gallery */
  imagesPerMessage: 10,
  /** Since 2025-01-16; boosts raise it: https://docs.discord.com/developers/reference#uploading-files */
  fileBytesMax: 10 * 1024 * 1024,
  /** All text of a message with components together: https://docs.discord.com/developers/components/reference */
  textMax: 4000,
  /** Discord publishes no figures; bots see 5 messages and 5 edits in 5 s a channel in the headers. */
  sendSpacingMs: 1200,
  /** An edit uploads a contact sheet of up to 0.6 MB; a person cannot follow more of it either. */
  liveImageEditMinMs: 5000,
  /** Answers to interactions are not counted with a channel's messages; mentions are rare beside them. */
  repliesCount: false,
  keepsOriginals: true,
  spoilers: ['pictures', 'files'],
  /** Unless the channel says otherwise; direct messages never do. */
  ageRestricted: false,
};
