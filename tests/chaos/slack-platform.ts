import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosPlatform, isCard, type PlatformFault } from '#tests/chaos/platform.ts';
import { callHeader } from '#tests/chaos/relay.ts';
import { startSlackServer } from '#tests/servers/slack.ts';

const posting = ['chat.postMessage', 'files.completeUploadExternal'];
const methodsOf: Record<PlatformFault, readonly string[]> = {
  rate_limited: [...posting, 'chat.update', 'files.getUploadURLExternal'],
  server_error: [...posting, 'chat.update', 'files.getUploadURLExternal'],
  cut_after: posting,
};

export async function startChaosSlack(): Promise<ChaosPlatform> {
  const server = await startSlackServer();
  const team = server.addTeam('team');

  return {
    id: 'slack',
    origin: new URL(server.url).origin,
    env: (origin) => ({
      SLACK_BOT_TOKEN: team.botToken,
      SLACK_APP_TOKEN: server.appToken,
      SLACK_API_URL: `${origin}/api/`,
    }),
    async connected() {
      while (server.socket.connections === 0) await sleep(50);
    },
    openRoom(name) {
      const channel = team.addChannel(name);
      const user = team.addUser(`person of ${name}`);
      const said = () => server.seen(channel.id, user.id).filter(({ fromBot }) => fromBot);
      return {
        async type(line) {
          const [, command = '', text = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(line) ?? [];
          return user.command(channel, command, text).then(
            () => true,
            () => false,
          );
        },
        shown: () =>
          said()
            .filter((message) => !message.private)
            .map(({ text, images }) => ({ text, images: images.map(({ bytes = new Uint8Array() }) => bytes) })),
        whispers: () =>
          said()
            .filter((message) => message.private)
            .map(({ text }) => text),
        // Galleries are found again by their files.
        keylessPosts: () =>
          server.requests
            .filter(
              ({ method, body, error, status }) =>
                method === 'chat.postMessage' &&
                body.channel === channel.id &&
                !error &&
                (status === 0 || status === 200),
            )
            .map(({ headers, body }) => ({
              callId: headers[callHeader] ?? '',
              shows: isCard(JSON.stringify(body)) ? 'card' : 'words',
            })),
      };
    },
    fail(kind, served) {
      server.fail({
        kind,
        match({ method, headers }) {
          if (!methodsOf[kind].includes(method)) return false;
          served(headers[callHeader] ?? '');
          return true;
        },
      });
    },
    violations: () => server.violations,
    floods: () => server.floods.length,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}
