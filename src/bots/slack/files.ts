import { z } from 'zod';
import type { BotDeps } from '#bots/define.ts';
import type { ApiConfig, SlackClient } from '#bots/slack/client.ts';
import type { FileRef } from '#core/ports/chat.ts';

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
    const { file } = address.parse(await deps.client.call('files.info', { file: locator }));
    const url = file.url_private_download ?? file.url_private;
    if (url === undefined) throw new Error(`file ${locator} has no address`);
    return url;
  }

  return {
    async open({ locator }: FileRef, { signal }: { signal: AbortSignal }): Promise<ReadableStream<Uint8Array>> {
      signal.throwIfAborted();
      const authorization = `Bearer ${config.botToken}`;
      const bytes = await deps.download(await addressOf(locator), { trustedOrigin, authorization, signal });
      return new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
    },
  };
}
