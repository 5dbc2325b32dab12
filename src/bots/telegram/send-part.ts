import type { BotDeps } from '#bots/define.ts';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';
import type { Api } from '#bots/telegram/api.ts';
import { type Place, type SentMessage, slotOf, toPlace, toRef } from '#bots/telegram/conversation.ts';
import { migratedTo, refusalOf, toDeliveryError, withoutSecrets } from '#bots/telegram/delivery-error.ts';
import { joinRuns, type Run, sayRuns, toHtml } from '#bots/telegram/format.ts';
import { layOutButtons, layOutCaptions, layOutText, textOrPlaceholder } from '#bots/telegram/outbound.ts';
import { leftOutNote, prepareAlbum } from '#bots/telegram/prepare-album.ts';
import { documentMedia, photoMedia, upload } from '#bots/telegram/upload.ts';
import type { ChatLimits, Conversation, MessageRef } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingPart } from '#core/ports/message.ts';

export type SendDeps = Pick<BotDeps, 'blobs' | 'i18n' | 'log'> & { api: () => Promise<Api> };

export interface SendOptions {
  limits: ChatLimits;
  /** The message that this one answers. */
  replyTo?: number;
}

/** Pictures of a part that are to be posted, and those that cannot be. */
interface Pictures {
  prepared: PreparedPicture[];
  leftOut: OutgoingImage[];
}

/**
 * Posts one part: a message, a picture or an album. A group that moved is followed, a topic that is gone left.
 * @throws {DeliveryError}
 */
export async function sendPart(
  deps: SendDeps,
  to: Conversation,
  part: OutgoingPart,
  options: SendOptions,
): Promise<MessageRef> {
  const place = toPlace(to);
  const { pictures: prepared, leftOut } = await prepareAlbum(deps, part, options.limits);
  const api = await deps.api();
  const post = (at: Place) => postPictures({ deps, api, place: at, part, options }, { prepared, leftOut });
  const sent = await post(place)
    .catch(async (error: unknown) => {
      const movedTo = migratedTo(error);
      if (movedTo !== undefined) return post({ chatId: movedTo });
      if (place.topicId !== undefined && isTopicGone(error)) return post({ chatId: place.chatId });
      throw error;
    })
    .catch((error: unknown) => {
      throw toDeliveryError(error);
    });
  return toRef(sent);
}

interface Posting {
  deps: SendDeps;
  api: Api;
  place: Place;
  part: OutgoingPart;
  options: SendOptions;
}

/** A picture that the platform alone refuses is left out as well; an album that hides which one is halved. */
async function postPictures(posting: Posting, { prepared, leftOut }: Pictures): Promise<SentMessage> {
  const { part } = posting;
  if (prepared.length === 0) return postText(posting, leftOut);
  try {
    return await (prepared.length === 1 ? postOne : postAlbum)(posting, { prepared, leftOut });
  } catch (error) {
    const refused = refusedPicture(error, prepared.length);
    if (refused === undefined) throw error;
    posting.deps.log.warn({ err: withoutSecrets(error) }, 'Telegram refused a picture');
    if (refused !== 'some') {
      const images = prepared[refused]?.image;
      const rest = prepared.filter((_, index) => index !== refused);
      return postPictures(posting, { prepared: rest, leftOut: images ? [...leftOut, images] : leftOut });
    }
    const half = Math.ceil(prepared.length / 2);
    const first = await postPictures(posting, { prepared: prepared.slice(0, half), leftOut });
    const { title: _title, progress: _progress, ...rest } = part;
    const second = await postPictures(
      { ...posting, part: { ...rest, lines: [], fields: [], actions: [] } },
      { prepared: prepared.slice(half), leftOut: [] },
    );
    // A half that shows nothing but the note of what is left out is no item.
    return first.kind === second.kind ? joined(first, second) : first;
  }
}

function joined(first: SentMessage, second: SentMessage): SentMessage {
  return {
    ...first,
    messageIds: [...first.messageIds, ...second.messageIds],
    slots: [...(first.slots ?? []), ...(second.slots ?? [])],
  };
}

async function postText({ deps, api, place, part, options }: Posting, leftOut: OutgoingImage[]): Promise<SentMessage> {
  const note = leftOutNote(part, leftOut);
  const words = note
    ? [layOutText(deps.i18n, part), sayRuns(deps.i18n, note, part)]
    : [textOrPlaceholder(deps.i18n, part)];
  const runs: Run[] = joinRuns(
    words.filter((block) => block.length > 0),
    '\n\n',
  );
  const message = await api.sendMessage(place.chatId, toHtml(runs), {
    ...where(place, options),
    ...buttons(deps, part),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  });
  return { chatId: message.chat.id, kind: 'text', messageIds: [message.message_id] };
}

async function postOne({ deps, api, place, part, options }: Posting, pictures: Pictures): Promise<SentMessage> {
  const [picture] = pictures.prepared;
  if (!picture) throw new Error('there is no picture');
  const [caption = ''] = captionsOf(deps, part, pictures);
  const file = await upload(picture);
  const rest = { ...where(place, options), ...buttons(deps, part), caption, parse_mode: 'HTML' as const };
  const message =
    part.imagesAs === 'files'
      ? await api.sendDocument(place.chatId, file, { ...rest, disable_content_type_detection: true })
      : await api.sendPhoto(place.chatId, file, { ...rest, has_spoiler: picture.image.spoiler ?? false });
  const slots = [slotOf(picture.image)];
  return { chatId: message.chat.id, kind: kindOf(part), messageIds: [message.message_id], slots };
}

async function postAlbum({ deps, api, place, part, options }: Posting, pictures: Pictures): Promise<SentMessage> {
  const captions = captionsOf(deps, part, pictures);
  const items = <T>(toMedia: (picture: PreparedPicture, caption: string) => Promise<T>) =>
    Promise.all(pictures.prepared.map((picture, index) => toMedia(picture, captions[index] ?? '')));
  const media = part.imagesAs === 'files' ? await items(documentMedia) : await items(photoMedia);
  const messages = await api.sendMediaGroup(place.chatId, media, where(place, options));
  return {
    chatId: messages[0]?.chat.id ?? place.chatId,
    kind: kindOf(part),
    messageIds: messages.map((message) => message.message_id),
    slots: pictures.prepared.map(({ image }) => slotOf(image)),
  };
}

function captionsOf(deps: SendDeps, part: OutgoingPart, { prepared, leftOut }: Pictures): string[] {
  const images = prepared.map(({ image }) => image);
  return layOutCaptions(deps.i18n, part, images, leftOutNote(part, leftOut)).map(toHtml);
}

function kindOf(part: OutgoingPart): 'photo' | 'document' {
  return part.imagesAs === 'files' ? 'document' : 'photo';
}

function where({ topicId }: Place, { replyTo }: SendOptions) {
  return {
    ...(topicId === undefined ? {} : { message_thread_id: topicId }),
    ...(replyTo === undefined ? {} : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
  };
}

export function buttons({ i18n }: SendDeps, part: OutgoingPart) {
  const rows = layOutButtons(i18n, part);
  return rows.length === 0 ? {} : { reply_markup: { inline_keyboard: rows } };
}

function isTopicGone(error: unknown): boolean {
  return /message thread not found|TOPIC_(CLOSED|DELETED)/i.test(refusalOf(error)?.description ?? '');
}

const pictureRefusals =
  /PHOTO_|IMAGE_PROCESS_FAILED|MEDIA_(EMPTY|INVALID)|wrong file|wrong type|can't parse|file is too big/i;

/** Which picture was refused, by its place; `some` when the answer does not say; undefined when it was none. */
function refusedPicture(error: unknown, count: number): number | 'some' | undefined {
  const refusal = refusalOf(error);
  if (!refusal || (refusal.status !== 413 && !(refusal.status === 400 && pictureRefusals.test(refusal.description)))) {
    return undefined;
  }
  if (count === 1) return 0;
  const number = Number(/#(\d+)/.exec(refusal.description)?.[1]);
  return number >= 1 && number <= count ? number - 1 : 'some';
}
