import type { BotDefinition, ConfiguredBot, Env } from '#bots/define.ts';
import { discord } from '#bots/discord/index.ts';
import { playground } from '#bots/playground/index.ts';
import { slack } from '#bots/slack/index.ts';
import { telegram } from '#bots/telegram/index.ts';

export const bots: readonly BotDefinition[] = [discord, slack, telegram, playground];

/** The platforms' slice of the configuration; `problems` has a sentence for each variable that is missing or malformed. */
export function readBots(env: Env): { configs: ConfiguredBot[]; problems: string[] } {
  const configs: ConfiguredBot[] = [];
  const problems: string[] = [];
  for (const bot of bots) {
    const configured = bot.configure(env);
    if (configured === null) continue;
    if ('problems' in configured) problems.push(...configured.problems);
    else configs.push(configured);
  }
  return { configs, problems };
}
