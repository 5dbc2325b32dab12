import type {
  ApplicationCommandOptionType,
  ButtonStyle,
  ChannelType,
  ComponentType,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  TextInputStyle,
} from 'discord.js';

// Discord's numbers. The SDK's own enums are values of a package that a process without Discord never loads.

export const componentType = {
  actionRow: 1,
  button: 2,
  stringSelect: 3,
  textInput: 4,
  textDisplay: 10,
  mediaGallery: 12,
  file: 13,
  container: 17,
  label: 18,
} as const satisfies Record<string, ComponentType>;

export const buttonStyle = { primary: 1, secondary: 2, danger: 4 } as const satisfies Record<string, ButtonStyle>;

export const textInputStyle = { paragraph: 2 } as const satisfies Record<string, TextInputStyle>;

/** `loading`: "… is thinking". */
export const messageFlag = { ephemeral: 64, loading: 128, componentsV2: 32768 } as const satisfies Record<
  string,
  MessageFlags
>;

export const interactionType = {
  ping: 1,
  command: 2,
  component: 3,
  autocomplete: 4,
  modal: 5,
} as const satisfies Record<string, InteractionType>;

export const responseType = {
  pong: 1,
  message: 4,
  deferredMessage: 5,
  deferredUpdate: 6,
  choices: 8,
  modal: 9,
} as const satisfies Record<string, InteractionResponseType>;

export const optionType = {
  string: 3,
  integer: 4,
  attachment: 11,
} as const satisfies Record<string, ApplicationCommandOptionType>;

const threadTypes: readonly ChannelType[] = [10, 11, 12];

export function isThread(type: number): boolean {
  return threadTypes.includes(type);
}

/** https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags */
export const permission = {
  administrator: 1n << 3n,
  manageGuild: 1n << 5n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  attachFiles: 1n << 15n,
  sendMessagesInThreads: 1n << 38n,
} as const;
