import type { BotDeps } from '#bots/define.ts';
import type { Api } from '#bots/telegram/api.ts';
import { toDeliveryError } from '#bots/telegram/delivery-error.ts';
import { openedBytesMax } from '#bots/telegram/limits.ts';
import type { FileRef } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

/**
 * Opens a file that a person sent.
 * @throws {DeliveryError} `too_large` for what Telegram gives no bot, above 20 MB.
 */
export async function openFile(
  deps: Pick<BotDeps, 'download'> & { api: () => Promise<Api>; apiUrl: string; token: string },
  { locator }: FileRef,
  { signal }: { signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  signal.throwIfAborted();
  const api = await deps.api();
  const file = await api.getFile(locator, signal as Parameters<Api['getFile']>[1]).catch((error: unknown) => {
    signal.throwIfAborted();
    throw toDeliveryError(error);
  });
  if (!file.file_path) throw new DeliveryError('bad_request', 'the file has no path', { retryable: false });
  const bytes = await deps.download(`${deps.apiUrl}/file/bot${deps.token}/${file.file_path}`, {
    trustedOrigin: new URL(deps.apiUrl).origin,
    bytesMax: openedBytesMax,
    signal,
  });
  return new Blob([Buffer.from(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
}
