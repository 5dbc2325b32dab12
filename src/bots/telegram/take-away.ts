import { refusalOf, toDeliveryError } from '#bots/telegram/delivery-error.ts';
import type { SendDeps } from '#bots/telegram/send-part.ts';
import { unlessTheSame } from '#bots/telegram/unless-the-same.ts';
import { documentMedia, photoMedia } from '#bots/telegram/upload.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingPart } from '#core/ports/message.ts';
import { composeContactSheet } from '#media/gallery.ts';

interface Shown {
  chatId: number;
  messageId: number;
  kind: 'text' | 'photo' | 'document';
  /** The slot of what is to go. */
  gone: string;
}

/**
 * Takes a picture's message out of the chat. Telegram lets a bot delete only what is younger than 48 hours
 * (core.telegram.org/bots/api#deletemessage); an older one is edited, which has no such limit, to show that there is
 * nothing any more. One that is not there is done.
 * @throws {DeliveryError}
 */
export async function takeAway(deps: SendDeps, shown: Shown, part: OutgoingPart): Promise<void> {
  const { chatId, messageId } = shown;
  const api = await deps.api();
  try {
    await api.deleteMessage(chatId, messageId);
  } catch (error) {
    const refused = toDeliveryError(error);
    if (refused.reason === 'missing') return;
    if (!/can't be deleted/i.test(refusalOf(error)?.description ?? '')) throw refused;
    await blank(deps, shown, part);
  }
}

async function blank(deps: SendDeps, { chatId, messageId, kind, gone }: Shown, part: OutgoingPart): Promise<void> {
  const label = /-(\d+)\.\w+$/.exec(gone)?.[1] ?? '0';
  const { bytes, width, height } = await composeContactSheet([{ label, image: null, state: 'deleted' }]);
  const name = 'deleted.jpg';
  const alt = { key: 'picture.deletedAlt' } as const;
  const image = { blob: '', type: 'jpeg', width, height, alt, name } as const;
  const picture = { image, name, type: 'jpeg', bytes, width, height } as const;
  const media = await (kind === 'document' ? documentMedia : photoMedia)(picture, deps.i18n.say(alt, part));
  const api = await deps.api();
  try {
    await unlessTheSame(() => api.editMessageMedia(chatId, messageId, media));
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.reason !== 'missing') throw error;
  }
}
