import { createServer, type RequestListener } from 'node:http';
import type { Bot } from '#bots/define.ts';
import { serveWebhooks } from '#http/serve-webhooks.ts';
import { createLogger } from '#src/logger.ts';
import { closeServer, listen } from '#tests/servers/listen.ts';

const notFound: RequestListener = (_request, response) => void response.writeHead(404).end();

/** Listens before there is anything to serve, as some bots want to know their address first. */
export async function listenForWebhook() {
  let listener = notFound;
  const server = createServer((request, response) => listener(request, response));
  const url = await listen(server);
  return {
    url,
    serve({ webhook }: Pick<Bot, 'webhook'>) {
      listener = serveWebhooks(webhook ? [webhook] : [], createLogger('silent'), notFound);
    },
    close: () => closeServer(server),
  };
}
