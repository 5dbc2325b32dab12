import type { Role, Sender } from '#core/ports/chat.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';

export interface PlaygroundUser {
  name: string;
  displayName: string;
  role: Role;
  locale: string;
}

/** The three people to be, with different roles and languages. */
export const users: readonly PlaygroundUser[] = [
  { name: 'ada', displayName: 'Ada', role: 'owner', locale: 'en' },
  { name: 'bo', displayName: 'Bo', role: 'member', locale: 'zh-TW' },
  { name: 'cy', displayName: 'Cy', role: 'guest', locale: 'en' },
];

/** The one room they share. */
export const room = { platformId: 'room', name: 'Playground' } as const;

/** The page's own: nobody else limits us here. Edits are spaced so that a phone can follow them; a contact sheet has 0.6 MB. */
export const limits: ChatLimits = {
  imagesPerMessage: 50,
  fileBytesMax: 50 * 1024 * 1024,
  textMax: 100_000,
  sendSpacingMs: 100,
  liveImageEditMinMs: 500,
  repliesCount: false,
  keepsOriginals: true,
};

/** Attached files of one message together. */
export const attachmentBytesMax = 20 * 1024 * 1024;

export function findUser(name: string | undefined): PlaygroundUser | undefined {
  return users.find((user) => user.name === name);
}

export function senderOf(user: PlaygroundUser): Sender {
  return {
    platform: 'playground',
    workspace: room,
    channel: { ...room, limits },
    account: { platformId: user.name, name: user.displayName, standing: user.role },
    locale: user.locale,
  };
}
