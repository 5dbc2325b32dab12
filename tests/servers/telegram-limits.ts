const mebibyte = 1024 * 1024;

/** The documented limits of the Bot API (core.telegram.org/bots/api). */
export const documentedLimits = {
  /** UTF-16 code units after parsing. */
  textMax: 4096,
  captionMax: 1024,
  callbackDataBytesMax: 64,
  callbackTextMax: 200,
  /** How long a pressed button waits. Not documented; clients stop waiting after about this long. */
  callbackLifeMs: 15_000,
  albumMin: 2,
  albumMax: 10,
  photoBytesMax: 10 * mebibyte,
  /** Width and height together, in pixels. */
  photoSidesMax: 10_000,
  photoRatioMax: 20,
  fileBytesMax: 50 * mebibyte,
  downloadBytesMax: 20 * mebibyte,
  commandsMax: 100,
  commandDescriptionMax: 256,
  /** Formatted spans in one message; Telegram silently leaves out the others. */
  entitiesMax: 100,
  /** Buttons of one message; from there on Telegram calls the markup too long. */
  buttonsMax: 100,
};

export type ApiLimits = typeof documentedLimits;
