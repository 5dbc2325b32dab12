import { commands } from '#core/commands/index.ts';
import { type ChaosPlatform, didSucceed } from '#tests/chaos/platform.ts';
import { callHeader } from '#tests/chaos/relay.ts';
import { startDiscordServer } from '#tests/servers/discord.ts';
import type { RecordedRequest } from '#tests/servers/discord-requests.ts';
import type { SeenMessage } from '#tests/servers/discord-view.ts';

const guildCount = 8;
/** Cards are shown by the callback, galleries by messages; this share of cut answers falls on the callback. */
const callbackEvery = 4;

/** A typed line as Discord's form takes it: a value for each option. */
function fillForm(line: string): { command: string; values: Record<string, string | number> } {
  const [, command = '', rest = ''] = /^\/(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
  const options = commands.find(({ name }) => name === command)?.options ?? [];
  const flags = [...rest.matchAll(/--(\S+) (\S+)/g)].map(([, name = '', value = '']) => [name, value] as const);
  const words = rest.replace(/\s*--\S+ \S+/g, '');
  const places = options.filter(({ positional }) => positional).map(({ name }) => name);
  const typed = command === 'imagine' ? [words] : words.split(' ');
  const values = [...typed.map((value, index) => [places[index] ?? '', value] as const), ...flags].map(
    ([name, value]) => [name, options.find((one) => one.name === name)?.kind === 'integer' ? Number(value) : value],
  );
  return { command, values: Object.fromEntries(values) };
}

const isMessage = ({ method, path }: RecordedRequest) => method === 'POST' && /^\/channels\/\d+\/messages$/.test(path);
const isEdit = ({ method, path }: RecordedRequest) =>
  method === 'PATCH' && /^\/channels\/\d+\/messages\/\d+$/.test(path);
const isCallback = ({ path }: RecordedRequest) => /^\/interactions\/.*\/callback$/.test(path);

export async function startChaosDiscord(): Promise<ChaosPlatform> {
  let filesOrigin: string | undefined;
  const server = await startDiscordServer({ filesOrigin: () => filesOrigin });
  const guilds = Array.from({ length: guildCount }, (_, index) => server.addGuild({ name: `guild-${index}` }));
  let rooms = 0;
  let cuts = 0;

  return {
    id: 'discord',
    origin: new URL(server.url).origin,
    env: (origin) => ({ DISCORD_TOKEN: server.token, DISCORD_API_URL: `${origin}/api` }),
    leadFilesTo(origin) {
      filesOrigin = origin;
    },
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
      const show = ({ text, images, files }: SeenMessage) => ({
        text,
        images: images.map(({ bytes }) => bytes),
        files,
      });
      return {
        type(line) {
          const { command, values } = fillForm(line);
          return didSucceed(member.slash(channel, command, values));
        },
        attach: (file) =>
          didSucceed(member.slash(channel, 'batch', {}, { files: { prompts: { ...file, type: 'text/plain' } } })),
        shown: () =>
          said()
            .filter((message) => !message.private)
            .map(show),
        direct: () =>
          server
            .seen(member.dm.id, member)
            .filter(({ author }) => author.bot)
            .map(show),
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
