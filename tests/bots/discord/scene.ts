import { randomUUID } from 'node:crypto';
import { limits } from '#bots/discord/limits.ts';
import { privateWorkspaceOf } from '#bots/discord/standing.ts';
import type { SendAttempt } from '#core/ports/delivery.ts';
import { type DiscordMode, type StartedDiscord, startDiscord } from '#tests/bots/discord/start-discord.ts';
import { createScriptedCore, type ScriptedCore } from '#tests/bots/scripted-core.ts';
import type { GuildHandle } from '#tests/servers/discord-guilds.ts';
import type { Person } from '#tests/servers/discord-people.ts';

/** A guild with a channel and two people, and the platform running. */
export interface Scene extends StartedDiscord {
  core: ScriptedCore;
  guild: GuildHandle;
  channel: ReturnType<GuildHandle['addChannel']>;
  mei: Person;
  sam: Person;
}

const running: StartedDiscord[] = [];

export async function play(mode: DiscordMode, options: Parameters<typeof startDiscord>[1] = {}): Promise<Scene> {
  const started = await startDiscord(mode, options);
  running.push(started);
  const core = createScriptedCore();
  const guild = started.server.addGuild({ name: 'Atelier' });
  const channel = guild.addChannel({ name: 'pictures' });
  const mei = guild.addMember({ name: 'Mei', locale: 'zh-TW' });
  const sam = guild.addMember({ name: 'Sam' });
  await started.start(core);
  return { ...started, core, guild, channel, mei, sam };
}

/** Ends every scene of a test, and with it asserts that nothing broke the rules. */
export async function endScenes(): Promise<void> {
  for (const started of running.splice(0)) await started.stop();
}

/** A first try at sending, or at editing. */
export function attempt(key: string = randomUUID(), more: Partial<SendAttempt> = {}): SendAttempt {
  const workspace = privateWorkspaceOf('1');
  return { key, workspace, repeat: false, limits, pause: () => undefined, saveHandle: async () => undefined, ...more };
}
