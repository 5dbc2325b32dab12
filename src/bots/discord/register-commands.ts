import { isDeepStrictEqual } from 'node:util';
import type { Api } from '#bots/discord/api.ts';
import { comparable, type DiscordCommand, discordCommands } from '#bots/discord/commands.ts';
import { commands } from '#core/commands/index.ts';
import type { I18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';

/**
 * Brings the app's commands to what is declared; writes only when they differ, as every write clears what people have
 * in their command lists.
 * @throws {DeliveryError}
 */
export async function registerCommands(deps: {
  api: Api;
  i18n: I18n;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { api, i18n, log, signal } = deps;
  const app = await api.call<{ id: string; integration_types_config?: Record<string, unknown> }>({
    method: 'GET',
    path: '/applications/@me',
    signal,
  });
  const installable = Object.keys(app.integration_types_config ?? {}).map(Number);
  const wanted = discordCommands(i18n, commands, installable.length > 0 ? installable : [0]);
  const path = `/applications/${app.id}/commands` as const;
  const query = { with_localizations: 'true' };
  const registered = await api.call<DiscordCommand[]>({ method: 'GET', path, query, signal });
  if (isDeepStrictEqual(inOrder(registered), inOrder(wanted))) return;
  await api.call({ method: 'PUT', path, body: wanted, signal });
  log.info({ commands: wanted.length }, 'commands registered');
}

function inOrder(commandList: readonly { name: string }[]): unknown[] {
  return commandList.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(comparable);
}
