import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { shorten } from '#bots/cut-text.ts';
import type { PreparedPicture } from '#bots/prepare-pictures.ts';
import type { SlackClient } from '#bots/slack/client.ts';
import { refOf } from '#bots/slack/conversation.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { DeliveryError, type MessageRef } from '#core/ports/delivery.ts';
import type { Logger } from '#src/logger.ts';

/** docs.slack.dev/reference/methods/files.getUploadURLExternal */
const altCharsMax = 1000;
const uploadTimeoutMs = 60_000;
const lookAgainMs = 20_000;

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

/** A file of ours: its id, and the name that its picture has. */
export interface SharedFile {
  id: string;
  title: string;
}

/** Resolves to the status. */
export type UploadPost = (url: string, bytes: Uint8Array, signal: AbortSignal) => Promise<number>;

/** The message that shows a file; null while there is none, undefined when the file is not there. */
export type Look = (id: string) => Promise<MessageRef | null | undefined>;

/** Whether it takes no files at all just now. */
export const isClosed = (error: unknown): boolean => closed.has(codeOf(error) ?? '');

/** Single calls about files; each may be made again. */
export function createSharedFiles(
  { client, log, post }: { client: SlackClient; log: Logger; post: UploadPost },
  { looks }: { looks: readonly number[] },
) {
  return {
    /** Looks for the message in a channel; `counted` hears how many times it was looked. */
    lookIn(channel: string, counted: (looked: number) => void = () => undefined): Look {
      let looked = 0;
      return async (id) => {
        looked += 1;
        counted(looked);
        try {
          const { file } = info.parse(await client.call('files.info', { file: id }));
          const share = Object.values(file.shares ?? {})
            .flatMap((channels) => channels[channel] ?? [])
            .at(-1);
          return share ? refOf(channel, share.ts) : null;
        } catch (error) {
          if (isGone(error)) return undefined;
          throw error;
        }
      };
    },

    /** @throws {DeliveryError} when it is still being processed after all looks. */
    async waitFor(id: string, look: Look): Promise<MessageRef> {
      for (const lookMs of looks) {
        await pause(lookMs);
        const found = await look(id);
        if (found) return found;
      }
      throw new DeliveryError('server', 'the pictures are still being processed', {
        retryable: true,
        retryAfterMs: lookAgainMs,
      });
    },

    /** Undefined for a picture that is not taken, whatever becomes of the others. @throws {DeliveryError} */
    async upload({ image, name, bytes }: PreparedPicture, alt: string): Promise<SharedFile | undefined> {
      try {
        const args = { filename: name, length: bytes.byteLength, alt_txt: shorten(alt, altCharsMax) };
        const { upload_url, file_id } = ticket.parse(await client.call('files.getUploadURLExternal', args));
        await postBytes(post, upload_url, bytes);
        return { id: file_id, title: name };
      } catch (error) {
        const alone =
          refusedAlone.has(codeOf(error) ?? '') || (error instanceof DeliveryError && error.reason === 'bad_request');
        if (!alone || isClosed(error)) throw error;
        log.warn({ err: error, picture: image.name }, 'a picture is not taken');
        return undefined;
      }
    },

    /** Tells Slack to show files, `args` where and with which words; it may have been told before. @throws {DeliveryError} */
    async complete(files: readonly SharedFile[], args: Record<string, unknown>): Promise<void> {
      try {
        await client.call('files.completeUploadExternal', { files, ...args });
      } catch (error) {
        // Files that were handed over already are not found a second time.
        if (codeOf(error) !== 'file_not_found') throw error;
      }
    },

    /** One that is not there any more is done. @throws {DeliveryError} also when Slack keeps it. */
    async remove(id: string): Promise<void> {
      try {
        await client.call('files.delete', { file: id });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'file_not_found' || codeOf(error) === 'file_deleted';
}

/** @throws {DeliveryError} */
async function postBytes(post: UploadPost, url: string, bytes: Uint8Array): Promise<void> {
  let status: number;
  try {
    status = await post(url, bytes, AbortSignal.timeout(uploadTimeoutMs));
  } catch (error) {
    throw new DeliveryError('network', 'the upload was cut off', { retryable: true, cause: error });
  }
  if (status === 200) return;
  const retryable = status >= 500 || status === 429;
  throw new DeliveryError(retryable ? 'server' : 'bad_request', `the upload got status ${status}`, { retryable });
}
