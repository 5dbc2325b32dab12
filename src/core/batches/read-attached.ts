import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import type { FileRef } from '#core/ports/chat.ts';

const openDeadlineMs = 20_000;

/**
 * The bytes of a file that came with a call.
 * @throws {UserError} `attachment.tooLarge` for more than `bytesMax`.
 */
export async function readAttached(
  { deps, call }: Pick<CommandContext, 'deps' | 'call'>,
  file: FileRef,
  bytesMax: number,
): Promise<Uint8Array> {
  const platform = deps.platforms.get(call.platform);
  if (!platform) throw new Error(`no platform ${call.platform}`);
  const tooLarge = () => new UserError('attachment.tooLarge', { max: bytesMax / 1024 / 1024 });
  if (file.bytes > bytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of await platform.open(file, { signal: AbortSignal.timeout(openDeadlineMs) })) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
