import { z } from 'zod';
import { preparePictures } from '#bots/prepare-pictures.ts';
import type { SlackClient } from '#bots/slack/client.ts';
import { looksMs } from '#bots/slack/limits.ts';
import { layOut } from '#bots/slack/outbound.ts';
import { createSharedFiles, isClosed, type Look, type SharedFile, type UploadPost } from '#bots/slack/shared-files.ts';
import type { Say } from '#bots/slack/words.ts';
import type { BlobStore } from '#core/ports/blobs.ts';
import type { DeliveryAttempt, MessageRef, SendAttempt } from '#core/ports/delivery.ts';
import type { OutgoingImage, OutgoingPart } from '#core/ports/message.ts';
import type { Logger } from '#src/logger.ts';

/** Files that are shown nowhere so long after they were handed over never will be. */
const lostAfterMs = 3 * 60_000;

const sharedFiles = z.array(z.object({ id: z.string(), title: z.string() }));
/** Uploaded files on their way into a message. */
const sharing = z.object({
  files: sharedFiles.min(1),
  /** Milliseconds since the epoch when Slack was told to show them. */
  completedAt: z.number().optional(),
});
type Sharing = z.infer<typeof sharing>;

/** What is kept of a message and, between tries, of its files. `beside`: on their way into one next to it. */
const handleShape = sharing.extend({
  files: sharedFiles,
  leftOut: z.array(z.number()),
  beside: sharing.optional(),
});
type Handle = z.infer<typeof handleShape>;

/** Where files go. */
interface Target {
  channel: string;
  thread: string | undefined;
}

/** Shows pictures by Slack's external upload: several files in one message, which is found again by the files' ids. */
export function createUploads(
  deps: {
    client: SlackClient;
    say: Say;
    blobs: Pick<BlobStore, 'read'>;
    log: Logger;
    post: UploadPost;
  },
  { looks = looksMs, now = Date.now }: { looks?: readonly number[]; now?: () => number } = {},
) {
  const { say, log } = deps;
  const shared = createSharedFiles(deps, { looks });

  /** `numbers` are those of the pictures that are not among the files. */
  async function uploadAll(
    part: OutgoingPart,
    attempt: DeliveryAttempt,
  ): Promise<{ files: SharedFile[]; numbers: number[] }> {
    const { pictures, leftOut } = await preparePictures(deps, part.images, {
      bytesMax: attempt.limits.fileBytesMax,
      // Slack previews no WebP: docs.slack.dev/reference/block-kit/blocks/image-block.
      types: ['png', 'jpeg'],
      untouched: part.imagesAs === 'files',
    });
    const uploaded = await Promise.all(pictures.map((picture) => shared.upload(picture, say(picture.image.alt, part))));
    const refused = pictures.flatMap(({ image }, index) => (uploaded[index] ? [] : [image]));
    const numbers = part.images.flatMap((image, index) =>
      leftOut.includes(image) || refused.includes(image) ? [numberOf(image, index)] : [],
    );
    return { files: uploaded.filter((file) => file !== undefined), numbers };
  }

  /** Has uploaded files shown with a part's words, and waits for it. `save` keeps when Slack was told. */
  async function show(
    { files, completedAt }: Sharing,
    { channel, thread }: Target,
    options: { words: OutgoingPart; look: Look; save(completedAt: number): Promise<void> },
  ): Promise<MessageRef> {
    const { blocks } = layOut(options.words, say);
    await shared.complete(files, {
      channel_id: channel,
      ...(thread === undefined ? {} : { thread_ts: thread }),
      ...(blocks.length === 0 ? {} : { blocks }),
    });
    if (completedAt === undefined) await options.save(now());
    return shared.waitFor(files[0]?.id ?? '', options.look);
  }

  async function resume({ files, completedAt }: Sharing, look: Look): Promise<MessageRef | 'pending' | 'lost'> {
    const found = await look(files[0]?.id ?? '');
    if (found) return found;
    const late = completedAt !== undefined && now() - completedAt > lostAfterMs;
    return found === undefined || late ? 'lost' : 'pending';
  }

  /** Slack puts no other file into a message: what comes into the place of one is shown in a message beside it, once. */
  async function showBeside(
    handle: Handle,
    target: Target,
    part: OutgoingPart,
    attempt: DeliveryAttempt,
  ): Promise<void> {
    const look = shared.lookIn(target.channel, (looked) => attempt.used?.('files.info', looked));
    const state = handle.beside ? await resume(handle.beside, look) : 'lost';
    let beside = handle.beside;
    if (state === 'lost') {
      const { files } = await uploadAll(part, attempt);
      attempt.used?.('files.getUploadURLExternal', files.length);
      if (files.length === 0) return;
      beside = { files };
      await save(attempt, { ...handle, beside });
    }
    if (!beside) return;
    if (typeof state === 'string') {
      attempt.used?.('files.completeUploadExternal', 1);
      const words = { ...part, images: [] };
      const told = (completedAt: number) => save(attempt, { ...handle, beside: { files: beside.files, completedAt } });
      await show(beside, target, { words, look, save: told });
    }
    const { beside: _, ...own } = handle;
    await save(attempt, { ...own, files: [...handle.files, ...beside.files] });
  }

  return {
    /**
     * Deletes the files of a message whose pictures a part does not have any more, and posts what has come into the place
     * of some to the same thread.
     */
    async change(target: Target, part: OutgoingPart, attempt: DeliveryAttempt): Promise<void> {
      for (const method of unlessUsed) attempt.used?.(method, 0);
      const handle = readHandle(attempt.handle);
      if (!handle) return;
      const { beside, ...own } = handle;
      const wanted = new Set(part.images.map(({ name }) => stemOf(name)));
      const isWanted = ({ title }: SharedFile) => wanted.has(stemOf(title));
      const isBesideWanted = beside?.files.every(isWanted) ?? false;
      const gone = [...own.files.filter((file) => !isWanted(file)), ...(isBesideWanted ? [] : (beside?.files ?? []))];
      attempt.used?.('files.delete', gone.length);
      for (const { id } of gone) await shared.remove(id);
      const left = own.files.filter(isWanted);
      const shown = new Set(left.map(({ title }) => stemOf(title)));
      const fresh = part.images.filter(
        ({ name, slot, outdated }) => slot !== undefined && !outdated && !shown.has(stemOf(name)),
      );
      if (fresh.length === 0) return;
      const redrawn: OutgoingPart = {
        ...withoutTitle(part),
        ...{ lines: [{ key: 'slack.redrawn', values: { count: fresh.length } }], fields: [], actions: [] },
        images: fresh,
      };
      try {
        const known = { ...own, files: left, ...(isBesideWanted && beside ? { beside } : {}) };
        await showBeside(known, target, redrawn, attempt);
      } catch (error) {
        if (!isClosed(error)) throw error;
        log.warn({ err: error, channel: target.channel }, 'uploads are switched off in this workspace');
      }
    },

    /** Shows a part's pictures with its words; `words` instead where no picture can be shown. */
    async share(
      target: Target,
      part: OutgoingPart,
      attempt: SendAttempt,
    ): Promise<MessageRef | { words: OutgoingPart }> {
      const kept = readHandle(attempt.handle);
      const look = shared.lookIn(target.channel, (looked) => attempt.used?.('files.info', looked));
      const state = kept ? await resume(kept, look) : 'lost';
      if (typeof state === 'object') return state;
      try {
        let handle = state === 'pending' ? kept : undefined;
        if (!handle) {
          const { files, numbers } = await uploadAll(part, attempt);
          if (files.length === 0) return { words: wordsOf(part, numbers) };
          handle = { files, leftOut: numbers };
          await save(attempt, handle);
        }
        const { files, leftOut } = handle;
        const told = (completedAt: number) => save(attempt, { files, leftOut, completedAt });
        return await show(handle, target, { words: wordsOf(part, leftOut), look, save: told });
      } catch (error) {
        if (!isClosed(error)) throw error;
        log.warn({ err: error, channel: target.channel }, 'uploads are switched off in this workspace');
        return { words: { ...part, images: [], lines: [...part.lines, { key: 'slack.uploads.closed' }] } };
      }
    },
  };
}

export type Uploads = ReturnType<typeof createUploads>;

/** What an edit may need, and mostly does not. */
const unlessUsed = ['files.getUploadURLExternal', 'files.completeUploadExternal', 'files.info'];

function save(attempt: DeliveryAttempt, handle: Handle): Promise<void> {
  return attempt.saveHandle(JSON.stringify(handle));
}

function readHandle(handle: string | undefined): Handle | undefined {
  return handle === undefined ? undefined : handleShape.parse(JSON.parse(handle));
}

function withoutTitle({ title: _title, choices: _choices, ...part }: OutgoingPart): OutgoingPart {
  return part;
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
