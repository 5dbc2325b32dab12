import type { ReferenceInput } from '#core/batches/ask-images.ts';
import { fileOf, findFinished } from '#core/batches/find-finished.ts';
import { readAttached } from '#core/batches/read-attached.ts';
import { numberNamed } from '#core/batches/render-gallery.ts';
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

/** What a batch starts from, and the one picture of ours that it does. */
export interface References {
  inputs: ReferenceInput[];
  originId?: bigint;
}

/**
 * Takes a call's attached pictures in, and those that it answers: opened, checked, re-encoded without foreign metadata, kept
 * as blobs. Ours are taken as they are stored, those that were picked, or the one that is shown alone.
 * @throws {UserError} `attachment.*` naming the file, `storage.full`, and what `findFinished` refuses.
 */
export async function intakeReferences(context: CommandContext): Promise<References> {
  const { call, replied } = context;
  const numbers = call.files.map((file) => numberOf(context, file));
  const { inputs, ...origin } = await intakeOurs(context, numbersMeant(context, numbers));
  const foreign = call.files.filter((_, index) => numbers[index] === undefined);
  for (const file of [...foreign, ...(replied ? [] : (call.repliesTo?.pictures ?? []))]) {
    const picture = await normalize(file, await readAttached(context, file, fileBytesMax));
    const blob = await keep(context, picture.bytes);
    inputs.push({ blob, type: picture.type, role: 'reference' });
  }
  return { inputs, ...origin };
}

/** Of a file that is a picture of the batch whose message is answered. */
function numberOf({ replied }: CommandContext, { answered, name }: FileRef): number | undefined {
  const number = answered && replied ? numberNamed(replied.batchId, name) : undefined;
  return number !== undefined && replied?.numbers.includes(number) ? number : undefined;
}

function numbersMeant({ call, replied }: CommandContext, picked: readonly (number | undefined)[]): number[] {
  if (call.files.some(({ answered }) => answered)) return picked.filter((number) => number !== undefined);
  return replied?.numbers.length === 1 ? [...replied.numbers] : [];
}

async function intakeOurs(context: CommandContext, numbers: readonly number[]): Promise<References> {
  const { deps, actor, replied } = context;
  if (!replied || numbers.length === 0) return { inputs: [] };
  const { workspaceId, batchId: batch } = replied;
  const isHere = workspaceId === actor.workspaceId;
  // Of another workspace it is the person's own.
  const owner = isHere ? actor : ({ ...actor, workspaceId, role: 'guest' } as const);
  const { pictures } = await inWorkspace(deps.db, workspaceId, (tx) => findFinished(tx, owner, { batch, numbers }));
  const files = pictures.map(fileOf);
  const inputs = await Promise.all(
    files.map(async ({ blob, type }) => ({
      blob: isHere ? blob : await keep(context, await deps.blobs.read(blob)),
      type,
      role: 'reference' as const,
    })),
  );
  const [only] = pictures.length === 1 && isHere ? pictures : [];
  return { inputs, ...(only ? { originId: only.id } : {}) };
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
