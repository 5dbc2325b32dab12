import { type ChaosPlatform, splitLine } from '#tests/chaos/platform.ts';
import { callHeader } from '#tests/chaos/relay.ts';
import { startDiscordServer } from '#tests/servers/discord.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';

const guildCount = 8;
/** Cards are shown by the callback, galleries by messages; this share of cut answers falls on the callback. */
const callbackEvery = 4;

const isMessage = ({ method, path }: RecordedRequest) => method === 'POST' && /^\/channels\/\d+\/messages$/.test(path);
const isEdit = ({ method, path }: RecordedRequest) =>
  method === 'PATCH' && /^\/channels\/\d+\/messages\/\d+$/.test(path);
const isCallback = ({ path }: RecordedRequest) => /^\/interactions\/.*\/callback$/.test(path);

export async function startChaosDiscord(): Promise<ChaosPlatform> {
  const server = await startDiscordServer();
  const guilds = Array.from({ length: guildCount }, (_, index) => server.addGuild({ name: `guild-${index}` }));
  let rooms = 0;
  let cuts = 0;

  return {
    id: 'discord',
    origin: new URL(server.url).origin,
    env: (origin) => ({ DISCORD_TOKEN: server.token, DISCORD_API_URL: `${origin}/api` }),
    async connected() {
      await server.registered('imagine');
      await server.connected();
    },
    openRoom(name) {
      const guild = guilds[rooms % guildCount];
      if (!guild) throw new Error('no guild');
      rooms += 1;
      const channel = guild.addChannel({ name });
      const member = guild.addMember({ name: `person of ${name}` });
      const said = () => server.seen(channel, member).filter(({ author }) => author.bot);
      return {
        async type(line) {
          const { command, words } = splitLine(line);
          const option = command === 'imagine' ? 'prompt' : 'batch';
          return member.slash(channel, command, { [option]: words }).then(
            () => true,
            () => false,
          );
        },
        shown: () =>
          said()
            .filter((message) => !message.private)
            .map(({ text, images }) => ({ text, images: images.map(({ bytes }) => bytes) })),
        whispers: () =>
          said()
            .filter((message) => message.private)
            .map(({ text }) => text),
        // Each message has an enforced nonce, and what is older is looked up.
        keylessPosts: () => [],
      };
    },
    fail(kind, served) {
      const onCallback = kind === 'cut_after' && cuts++ % callbackEvery === callbackEvery - 1;
      const fits = onCallback
        ? isCallback
        : kind === 'cut_after'
          ? isMessage
          : (r: RecordedRequest) => isMessage(r) || isEdit(r);
      server.fail({
        kind,
        match(request) {
          if (!fits(request)) return false;
          served(request.headers[callHeader] ?? '');
          return true;
        },
      });
    },
    violations: () => server.violations,
    floods: () => server.floods.length,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
