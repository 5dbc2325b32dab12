import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { shorten } from '#bots/cut-text.ts';
import { type PreparedPicture, preparePictures } from '#bots/prepare-pictures.ts';
import type { SlackClient } from '#bots/slack/client.ts';
import { refOf } from '#bots/slack/conversation.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { looksMs } from '#bots/slack/limits.ts';
import { layOut } from '#bots/slack/outbound.ts';
import type { Say } from '#bots/slack/words.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import { type DeliveryAttempt, DeliveryError, type MessageRef, type SendAttempt } from '#core/ports/chat.ts';
import type { OutgoingImage, OutgoingPart } from '#core/ports/message.ts';
import type { Logger } from '#src/logger.ts';

/** docs.slack.dev/reference/methods/files.getUploadURLExternal */
const altCharsMax = 1000;
const uploadTimeoutMs = 60_000;
const lookAgainMs = 20_000;
/** Files that are shown nowhere so long after they were handed over never will be. */
const lostAfterMs = 3 * 60_000;

/** What the admins of a workspace can set, and what it can run out of; a single picture has no part in it. */
const closed = new Set(['file_uploads_disabled', 'file_uploads_except_images_disabled', 'storage_limit_reached']);
/** What is wrong with one picture alone. */
const refusedAlone = new Set(['alt_txt_too_large', 'file_type_not_allowed', 'file_upload_size_restricted']);

const ticket = z.object({ upload_url: z.string(), file_id: z.string() });
const info = z.object({
  file: z.object({
    shares: z.record(z.string(), z.record(z.string(), z.array(z.object({ ts: z.string() })))).optional(),
  }),
});

/** Uploaded files on their way into a message; kept between tries. */
const handleShape = z.object({
  files: z.array(z.object({ id: z.string(), title: z.string() })).min(1),
  leftOut: z.array(z.number()),
  /** Milliseconds since the epoch when Slack was told to show them. */
  completedAt: z.number().optional(),
});
type Handle = z.infer<typeof handleShape>;

type Look = (id: string) => Promise<MessageRef | null | undefined>;

/** Shows pictures by Slack's external upload: several files in one message, which is found again by the files' ids. */
export function createUploads(
  deps: { client: SlackClient; say: Say; blobs: Pick<BlobStore, 'read'>; log: Logger },
  { looks = looksMs, now = Date.now }: { looks?: readonly number[]; now?: () => number } = {},
) {
  const { client, say, log } = deps;

  /** The message that shows a file in this channel; null while there is none, undefined when the file is not there. */
  async function findShare(id: string, channel: string): Promise<MessageRef | null | undefined> {
    try {
      const { file } = info.parse(await client.call('files.info', { file: id }));
      const share = Object.values(file.shares ?? {})
        .flatMap((channels) => channels[channel] ?? [])
        .at(-1);
      return share ? refOf(channel, share.ts) : null;
    } catch (error) {
      if (codeOf(error) === 'file_not_found' || codeOf(error) === 'file_deleted') return undefined;
      throw error;
    }
  }

  async function waitForShare(id: string, look: Look): Promise<MessageRef> {
    for (const lookMs of looks) {
      await pause(lookMs);
      const found = await look(id);
      if (found) return found;
    }
    throw new DeliveryError('server', 'the pictures are still being processed', {
      retryable: true,
      retryAfterMs: lookAgainMs,
    });
  }

  async function upload(
    { image, name, bytes }: PreparedPicture,
    alt: string,
  ): Promise<{ id: string; title: string } | undefined> {
    try {
      const args = { filename: name, length: bytes.byteLength, alt_txt: shorten(alt, altCharsMax) };
      const { upload_url, file_id } = ticket.parse(await client.call('files.getUploadURLExternal', args));
      await postBytes(upload_url, bytes);
      return { id: file_id, title: name };
    } catch (error) {
      const alone =
        refusedAlone.has(codeOf(error) ?? '') || (error instanceof DeliveryError && error.reason === 'bad_request');
      if (!alone || closed.has(codeOf(error) ?? '')) throw error;
      log.warn({ err: error, picture: image.name }, 'a picture is not taken');
      return undefined;
    }
  }

  async function uploadAll(part: OutgoingPart, attempt: SendAttempt): Promise<Handle | { words: OutgoingPart }> {
    const { pictures, leftOut } = await preparePictures(deps, part.images, {
      bytesMax: attempt.limits.fileBytesMax,
      // Slack previews no WebP: docs.slack.dev/reference/block-kit/blocks/image-block.
      types: ['png', 'jpeg'],
      untouched: part.imagesAs === 'files',
    });
    const uploaded = await Promise.all(pictures.map((picture) => upload(picture, say(picture.image.alt, part))));
    const refused = pictures.flatMap(({ image }, index) => (uploaded[index] ? [] : [image]));
    const files = uploaded.filter((file) => file !== undefined);
    const numbers = part.images.flatMap((image, index) =>
      leftOut.includes(image) || refused.includes(image) ? [numberOf(image, index)] : [],
    );
    if (files.length === 0) return { words: wordsOf(part, numbers) };
    const handle: Handle = { files, leftOut: numbers };
    await attempt.saveHandle(JSON.stringify(handle));
    return handle;
  }

  /** Tells Slack to show the files; it may have been told before. */
  async function complete(
    handle: Handle,
    channel: string,
    thread: string | undefined,
    part: OutgoingPart,
    attempt: SendAttempt,
  ) {
    const { blocks } = layOut(wordsOf(part, handle.leftOut), say);
    try {
      await client.call('files.completeUploadExternal', {
        files: handle.files,
        channel_id: channel,
        ...(thread === undefined ? {} : { thread_ts: thread }),
        ...(blocks.length === 0 ? {} : { blocks }),
      });
    } catch (error) {
      // Files that were handed over already are not found a second time.
      if (codeOf(error) !== 'file_not_found') throw error;
    }
    if (handle.completedAt === undefined) {
      await attempt.saveHandle(JSON.stringify({ ...handle, completedAt: now() } satisfies Handle));
    }
  }

  async function resume(handle: Handle, look: Look): Promise<MessageRef | 'pending' | 'lost'> {
    const found = await look(handle.files[0]?.id ?? '');
    if (found) return found;
    const late = handle.completedAt !== undefined && now() - handle.completedAt > lostAfterMs;
    return found === undefined || late ? 'lost' : 'pending';
  }

  /** One that is not there any more is done. @throws {DeliveryError} also when Slack keeps it. */
  async function deleteFile(id: string): Promise<void> {
    try {
      await client.call('files.delete', { file: id });
    } catch (error) {
      if (codeOf(error) !== 'file_not_found' && codeOf(error) !== 'file_deleted') throw error;
    }
  }

  return {
    /** Deletes the files of a message whose pictures a part does not have any more. */
    async takeAway(part: OutgoingPart, attempt: DeliveryAttempt): Promise<void> {
      const kept = new Set(part.images.map(({ name }) => stemOf(name)));
      const gone = readHandle(attempt.handle)?.files.filter(({ title }) => !kept.has(stemOf(title))) ?? [];
      attempt.used?.('files.delete', gone.length);
      for (const { id } of gone) await deleteFile(id);
    },

    /** Shows a part's pictures with its words; `words` instead where no picture can be shown. */
    async share(
      channel: string,
      thread: string | undefined,
      part: OutgoingPart,
      attempt: SendAttempt,
    ): Promise<MessageRef | { words: OutgoingPart }> {
      const kept = readHandle(attempt.handle);
      let looked = 0;
      const look = (id: string) => {
        looked += 1;
        attempt.used?.('files.info', looked);
        return findShare(id, channel);
      };
      const state = kept ? await resume(kept, look) : 'lost';
      if (typeof state === 'object') return state;
      try {
        const handle = kept && state === 'pending' ? kept : await uploadAll(part, attempt);
        if ('words' in handle) return handle;
        await complete(handle, channel, thread, part, attempt);
        return await waitForShare(handle.files[0]?.id ?? '', look);
      } catch (error) {
        if (!closed.has(codeOf(error) ?? '')) throw error;
        log.warn({ err: error, channel }, 'uploads are switched off in this workspace');
        return { words: { ...part, images: [], lines: [...part.lines, { key: 'slack.uploads.closed' }] } };
      }
    },
  };
}

export type Uploads = ReturnType<typeof createUploads>;

function readHandle(handle: string | undefined): Handle | undefined {
  return handle === undefined ? undefined : handleShape.parse(JSON.parse(handle));
}

function wordsOf(part: OutgoingPart, leftOut: readonly number[]): OutgoingPart {
  if (leftOut.length === 0) return { ...part, images: [] };
  const values = { count: leftOut.length, numbers: { list: leftOut } };
  return { ...part, images: [], lines: [...part.lines, { key: 'delivery.leftOut', values }] };
}

/** A file has the extension of the type that its picture was brought to. */
function stemOf(name: string): string {
  return name.replace(/\.\w+$/, '');
}

/** A picture's number in its batch, as its name has it; else its place in the message. */
function numberOf(image: OutgoingImage, index: number): number {
  const named = /-(\d+)\.\w+$/.exec(image.name)?.[1];
  return named === undefined ? index + 1 : Number(named);
}

/** @throws {DeliveryError} */
async function postBytes(url: string, bytes: Uint8Array): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
      signal: AbortSignal.timeout(uploadTimeoutMs),
      redirect: 'error',
    });
    status = response.status;
    await response.arrayBuffer();
  } catch (error) {
    throw new DeliveryError('network', 'the upload was cut off', { retryable: true, cause: error });
  }
  if (status === 200) return;
  const retryable = status >= 500 || status === 429;
  throw new DeliveryError(retryable ? 'server' : 'bad_request', `the upload got status ${status}`, { retryable });
}
