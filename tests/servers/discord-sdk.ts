import { once } from 'node:events';
import {
  Client,
  type DiscordAPIError,
  GatewayIntentBits,
  type Interaction,
  type Message,
  Partials,
  REST,
  type RESTOptions,
} from 'discord.js';
import type { DiscordServer } from '#tests/servers/discord.ts';

/** The real SDK as the product sets it: it tries once and never waits for a rate limit by itself. */
export const restOptions: Partial<RESTOptions> = { retries: 0, rejectOnRateLimit: () => true, timeout: 10_000 };

/** discord.js's REST client, without its validation of messages and its own guess at the global limit. */
export function restOf(server: Pick<DiscordServer, 'url' | 'token'>): REST {
  return new REST({ ...restOptions, api: server.url, globalRequestsPerSecond: 1_000_000 }).setToken(server.token);
}

export interface App extends AsyncDisposable {
  client: Client<true>;
}

/** A small app on discord.js, connected to the server's gateway. */
export async function connectApp(
  server: Pick<DiscordServer, 'url' | 'token'>,
  on: {
    interaction?(interaction: Interaction): Promise<unknown> | undefined;
    message?(message: Message): Promise<unknown> | undefined;
  } = {},
  intents: readonly GatewayIntentBits[] = [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
  ],
): Promise<App> {
  const client = new Client({
    intents: [...intents],
    // Direct messages come without their channel having been announced.
    partials: [Partials.Channel],
    rest: { ...restOptions, api: server.url },
  });
  // discord.js turns a listener's rejection into an 'error' event; without a listener that ends the process.
  client.on('error', () => {});
  client.on('interactionCreate', (interaction) => on.interaction?.(interaction));
  client.on('messageCreate', (message) => on.message?.(message));
  const ready = once(client, 'clientReady');
  await client.login(server.token);
  await ready;
  return { client: client as Client<true>, [Symbol.asyncDispose]: () => client.destroy() };
}

/** The error codes of single fields in a refusal, wherever they are. */
export function fieldCodesOf(error: unknown): string[] {
  const codes: string[] = [];
  JSON.stringify((error as DiscordAPIError).rawError, (key, value) => {
    if (key === '_errors') for (const one of value) codes.push(one.code);
    return value;
  });
  return codes;
}
