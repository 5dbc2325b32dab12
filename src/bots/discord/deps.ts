import type { BotDeps } from '#bots/define.ts';
import type { Api } from '#bots/discord/api.ts';
import type { Places } from '#bots/discord/places.ts';

/** What this platform's parts share. */
export interface DiscordDeps extends Pick<BotDeps, 'log' | 'i18n' | 'blobs'> {
  api: Api;
  places: Places;
}
