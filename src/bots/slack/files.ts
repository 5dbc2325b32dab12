import { z } from 'zod';
import type { BotDeps } from '#bots/define.ts';
import type { ApiConfig, SlackClient } from '#bots/slack/client.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import type { FileRef } from '#core/ports/chat.ts';
import { DeliveryError } from '#core/ports/delivery.ts';

const filesOrigin = 'https://files.slack.com';
const address = z.object({
  file: z.object({ url_private_download: z.string().optional(), url_private: z.string().optional() }),
});

/** Opens what people attached. */
export function createFiles(config: ApiConfig, deps: Pick<BotDeps, 'download'> & { client: SlackClient }) {
  // The bot's token is shown to Slack alone.
  const trustedOrigin = config.apiUrl === undefined ? filesOrigin : new URL(config.apiUrl).origin;

  async function addressOf(locator: string): Promise<string> {
    if (URL.canParse(locator)) return locator;
    const { file } = address.parse(await deps.client.call('files.info', { file: locator }).catch(failUnseen));
    const url = file.url_private_download ?? file.url_private;
    if (url === undefined) throw unseen(`file ${locator} has no address`);
    return url;
  }

  return {
    async open({ locator }: FileRef, { signal }: { signal: AbortSignal }): Promise<ReadableStream<Uint8Array>> {
      signal.throwIfAborted();
      const authorization = `Bearer ${await config.token.find()}`;
      const bytes = await deps.download(await addressOf(locator), { trustedOrigin, authorization, signal });
      if (isPage(bytes)) throw unseen('Slack shows its sign-in page in place of a file');
      return new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
    },
  };
}

/** What Slack says of a file that was deleted, or that is where the bot is not. */
const unseenCodes = new Set(['access_denied', 'file_deleted', 'file_not_found', 'not_visible']);

function failUnseen(error: unknown): never {
  throw unseenCodes.has(codeOf(error) ?? '') ? unseen('the bot sees no such file', error) : error;
}

function unseen(message: string, cause?: unknown): DeliveryError {
  return new DeliveryError('missing', message, { retryable: false, cause });
}

/** Nobody starts from a page, and no file of prompts is one. */
function isPage(bytes: Uint8Array): boolean {
  return /^\s*<(?:!doctype\s+html|html)\b/i.test(Buffer.from(bytes.subarray(0, 100)).toString('latin1'));
}
