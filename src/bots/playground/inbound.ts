import { z } from 'zod';
import { findUser, type PlaygroundUser, room, senderOf } from '#bots/playground/room.ts';
import type { CommandCall, FileRef, Mention } from '#core/ports/chat.ts';

/** Longer than any prompt; what is too long for a model is told by the core. */
const textCharsMax = 200_000;
const filesMax = 20;

export const postedMessage = z.object({
  text: z.string().max(textCharsMax),
  user: z.string(),
  attachments: z
    .array(z.object({ name: z.string().min(1).max(255), type: z.string().max(255), base64: z.base64() }))
    .max(filesMax)
    .optional(),
});

export const postedAction = z.object({
  messageId: z.uuid(),
  // Telegram's callback_data, the smallest of all platforms, takes 64 bytes.
  actionId: z.string().min(1).max(64),
  user: z.string(),
});

/** The core's call for what a person typed or pressed. */
export function readCall(
  user: PlaygroundUser,
  said: { deliveryKey: string; requestId: string; text: string; files: FileRef[] },
): CommandCall {
  return {
    ...senderOf(user),
    ...said,
    ...mentionsIn(said.text),
    conversation: { platform: 'playground', channel: room.platformId, thread: user.name },
  };
}

/** People are mentioned by the name that they are chosen by, such as `@ada`. */
function mentionsIn(text: string): { mentions?: Mention[] } {
  const mentions = [...text.matchAll(/(?<=^|\s)@(\w+)(?=\s|$)/g)].flatMap(([typed, name = '']): Mention[] => {
    const user = findUser(name.toLowerCase());
    return user ? [{ typed, kind: 'account', platformId: user.name, name: user.displayName }] : [];
  });
  return mentions.length > 0 ? { mentions } : {};
}
