import type { CommandContext } from '#core/commands/define.ts';
import { UserError } from '#core/errors.ts';
import type { ChatPlatform, FileRef } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import { cleanText } from '#core/prompts/clean-text.ts';

const openDeadlineMs = 20_000;

/**
 * The bytes of a file that came with a call.
 * @throws {UserError} `attachment.tooLarge` for more than `bytesMax`, `attachment.unreachable` for one that the platform
 * does not give out.
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
  for await (const chunk of await open(platform, file)) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function open(platform: ChatPlatform, file: FileRef): Promise<ReadableStream<Uint8Array>> {
  try {
    return await platform.open(file, { signal: AbortSignal.timeout(openDeadlineMs) });
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.reason !== 'missing') throw error;
    throw new UserError('attachment.unreachable', { name: cleanText(file.name) });
  }
}
