import type { ReferenceInput } from '#core/batches/ask-images.ts';
import { fileOf, findFinished } from '#core/batches/find-finished.ts';
import { readAttached } from '#core/batches/read-attached.ts';
import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import { StorageFullError } from '#core/ports/blobs.ts';
import type { FileRef } from '#core/ports/chat.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { inWorkspace } from '#db/client.ts';
import { MediaError } from '#media/media-error.ts';
import { normalizeReference } from '#media/normalize-reference.ts';

/** Largest attached file that is looked at, in bytes. */
const fileBytesMax = 20 * 1024 * 1024;

/**
 * Takes a call's attached pictures in, and the one that it answers: opened, checked, re-encoded without foreign metadata, kept as blobs.
 * @throws {UserError} `attachment.*` naming the file, `storage.full`, and what `findFinished` refuses.
 */
export async function intakeReferences(context: CommandContext): Promise<ReferenceInput[]> {
  const { call, replied } = context;
  const inputs = await pictureAnswered(context);
  const files = [...call.files, ...(replied ? [] : (call.repliesTo?.pictures ?? []))];
  for (const file of files) {
    const picture = await normalize(file, await readAttached(context, file, fileBytesMax));
    const blob = await keep(context, picture.bytes);
    inputs.push({ blob, type: picture.type, role: 'reference' });
  }
  return inputs;
}

/** Of ours, where what is answered shows one alone. */
async function pictureAnswered(context: CommandContext): Promise<ReferenceInput[]> {
  const { deps, actor, replied } = context;
  if (replied?.numbers.length !== 1) return [];
  const { workspaceId, batchId: batch, numbers } = replied;
  const isHere = workspaceId === actor.workspaceId;
  // Of another workspace it is the person's own.
  const owner = isHere ? actor : ({ ...actor, workspaceId, role: 'guest' } as const);
  const { pictures } = await inWorkspace(deps.db, workspaceId, (tx) => findFinished(tx, owner, { batch, numbers }));
  const files = pictures.map(fileOf);
  return Promise.all(
    files.map(async ({ blob, type }) => ({
      blob: isHere ? blob : await keep(context, await deps.blobs.read(blob)),
      type,
      role: 'reference' as const,
    })),
  );
}

async function keep({ deps, actor }: CommandContext, bytes: Uint8Array): Promise<string> {
  try {
    return await deps.blobs.put(actor.workspaceId, bytes);
  } catch (error) {
    if (error instanceof StorageFullError) throw new UserError('storage.full');
    throw error;
  }
}

async function normalize(file: FileRef, bytes: Uint8Array) {
  try {
    return await normalizeReference(bytes);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    const name = cleanText(file.name);
    switch (error.reason) {
      case 'not_an_image':
        throw new UserError('attachment.notImage', { name });
      case 'unsupported_type':
        throw new UserError('attachment.unsupported', { name });
      case 'too_many_pixels':
        throw new UserError('attachment.tooManyPixels', { name });
      default:
        throw new UserError('attachment.damaged', { name });
    }
  }
}
