import { z } from 'zod';
import type { BotDeps } from '#bots/define.ts';
import type { ApiConfig, SlackClient } from '#bots/slack/client.ts';
import type { FileRef } from '#core/ports/chat.ts';

const filesOrigin = 'https://files.slack.com';
const address = z.object({
  file: z.object({ url_private_download: z.string().optional(), url_private: z.string().optional() }),
});

/** Opens what people attached. Where it is and who may see it is asked anew, as files of shared channels come as an id only. */
export function createFiles(config: ApiConfig, deps: Pick<BotDeps, 'download'> & { client: SlackClient }) {
  // The bot's token is shown to Slack alone.
  const trustedOrigin = config.apiUrl === undefined ? filesOrigin : new URL(config.apiUrl).origin;
  return {
    async open({ locator }: FileRef, { signal }: { signal: AbortSignal }): Promise<ReadableStream<Uint8Array>> {
      signal.throwIfAborted();
      const { file } = address.parse(await deps.client.call('files.info', { file: locator }));
      const url = file.url_private_download ?? file.url_private;
      if (url === undefined) throw new Error(`file ${locator} has no address`);
      const authorization = `Bearer ${config.botToken}`;
      const bytes = await deps.download(url, { trustedOrigin, authorization, signal });
      return new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new TransformStream(), { signal });
    },
  };
}
