import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosPlatform, didSucceed, isCard, type PlatformFault } from '#tests/chaos/platform.ts';
import { callHeader } from '#tests/chaos/relay.ts';
import { startSlackServer } from '#tests/servers/slack.ts';
import type { SeenMessage } from '#tests/servers/slack-view.ts';

const posting = ['chat.postMessage', 'files.completeUploadExternal'];
const methodsOf: Record<PlatformFault, readonly string[]> = {
  rate_limited: [...posting, 'chat.update', 'files.getUploadURLExternal'],
  server_error: [...posting, 'chat.update', 'files.getUploadURLExternal'],
  cut_after: posting,
};

export async function startChaosSlack(): Promise<ChaosPlatform> {
  let filesOrigin: string | undefined;
  const server = await startSlackServer({ filesOrigin: () => filesOrigin });
  const team = server.addTeam('team');

  return {
    id: 'slack',
    origin: new URL(server.url).origin,
    env: (origin) => ({
      SLACK_BOT_TOKEN: team.botToken,
      SLACK_APP_TOKEN: server.appToken,
      SLACK_API_URL: `${origin}/api/`,
    }),
    leadFilesTo(origin) {
      filesOrigin = origin;
    },
    async connected() {
      while (server.socket.connections === 0) await sleep(50);
    },
    openRoom(name) {
      const channel = team.addChannel(name);
      const user = team.addUser(`person of ${name}`);
      const saidIn = (place: string) => server.seen(place, user.id).filter(({ fromBot }) => fromBot);
      const show = ({ text, images, files }: SeenMessage) => ({
        text,
        images: images.map(({ bytes = new Uint8Array() }) => bytes),
        files,
      });
      return {
        type(line) {
          const [, command = '', text = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(line) ?? [];
          return didSucceed(user.command(channel, command, text));
        },
        // Commands take no files in Slack.
        attach: (file) => didSucceed(user.write(channel, 'batch', { mention: true, files: [file] })),
        shown: () =>
          saidIn(channel.id)
            .filter((message) => !message.private)
            .map(show),
        direct: () => saidIn(user.dmChannel().id).map(show),
        whispers: () =>
          saidIn(channel.id)
            .filter((message) => message.private)
            .map(({ text }) => text),
        // Galleries are found again by their files.
        keylessPosts: () =>
          server.requests
            .filter(
              ({ method, body, error, status }) =>
                method === 'chat.postMessage' &&
                (body.channel === channel.id || body.channel === user.dmChannel().id) &&
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
