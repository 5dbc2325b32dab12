import { z } from 'zod';
import type { Bot, BotDeps } from '#bots/define.ts';
import { settledWithin } from '#bots/settled-within.ts';
import { fixedToken, type SlackClient } from '#bots/slack/client.ts';
import { conversationOf } from '#bots/slack/conversation.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { createInstaller, type InstallerConfig } from '#bots/slack/installer.ts';
import { createIntake } from '#bots/slack/intake.ts';
import { budgets } from '#bots/slack/limits.ts';
import { botScopes } from '#bots/slack/manifest.ts';
import { openSockets } from '#bots/slack/socket.ts';
import { createSplit } from '#bots/slack/split-message.ts';
import { manyTeams, oneTeam } from '#bots/slack/teams.ts';
import { createWebhook } from '#bots/slack/webhook.ts';
import { createSay } from '#bots/slack/words.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import type { Logger } from '#src/logger.ts';

export interface SlackConfig {
  /** Of the one workspace, or how the app is installed in many. */
  access: { botToken: string } | Omit<InstallerConfig, 'apiUrl'>;
  /** Set: commands come in over HTTP. */
  signingSecret: string | undefined;
  /** Socket Mode, where there is no signing secret. */
  appToken: string | undefined;
  apiUrl: string | undefined;
}

/** What tests make shorter. */
export interface SlackTiming {
  /** How long the core has before a command is acknowledged without it, in milliseconds. */
  deferAfterMs?: number;
  /** When each Socket Mode connection is opened, in milliseconds after the start. */
  staggers?: number[];
  /** How long Slack may take to hang up, in milliseconds. */
  drainMs?: number;
  /** Waits between looks whether uploaded pictures are shown, in milliseconds. */
  looks?: readonly number[];
}

const settleMaxMs = 5000;
const identity = z.object({
  team_id: z.string(),
  team: z.string().nullish(),
  response_metadata: z.object({ scopes: z.array(z.string()).optional() }).optional(),
});

/** The bot; `settled` resolves when everything that was taken in has been answered. */
export function createSlack(
  config: SlackConfig,
  deps: BotDeps,
  timing: SlackTiming = {},
): Bot & { settled(): Promise<void> } {
  const log = deps.log.child({ platform: 'slack' });
  const say = createSay(deps.i18n);
  const split = createSplit(say);
  const looks = timing.looks === undefined ? {} : { looks: timing.looks };
  const { access, apiUrl } = config;
  const installer = 'botToken' in access ? undefined : install({ ...access, apiUrl }, deps, log);
  const workspaceNames = new Map<string, string>();
  const workspaceName = (id: string) => workspaceNames.get(id) ?? installer?.nameOf(id);
  const teamDeps = { ...deps, log, say, apiUrl, split, looks, workspaceName };
  const teams = installer
    ? manyTeams(installer.tokenOf, teamDeps)
    : oneTeam(fixedToken('botToken' in access ? access.botToken : ''), teamDeps);
  let core: ChatCore | undefined;
  let sockets: ReturnType<typeof openSockets> | undefined;
  const heard = deps.bus.on('standings', (payload) => {
    const [platform, workspace, user] = payload.split(' ');
    if (platform === 'slack') teams.of(workspace).senders.forget(user);
  });
  const intake = createIntake(
    {
      teams,
      say,
      i18n: deps.i18n,
      log,
      findCore: () => core,
      peopleChanged(workspace, user) {
        teams.of(workspace).senders.forget(user);
        // One process alone hears of it from Slack.
        deps.bus
          .say('standings', ['slack', workspace, ...(user === undefined ? [] : [user])].join(' '))
          .catch((error) => log.warn({ err: error }, 'other processes hear of a change of people later'));
      },
      removed: async (workspace) => installer?.checkRemoved(workspace),
    },
    timing.deferAfterMs === undefined ? {} : { deferAfterMs: timing.deferAfterMs },
  );

  return {
    platform: {
      id: 'slack',
      async start(started) {
        core = started;
        if (!installer) void checkToken(teams.of(undefined).client, workspaceNames, log);
        if (config.signingSecret !== undefined || config.appToken === undefined) return;
        const { appToken } = config;
        const { staggers, drainMs } = timing;
        sockets ??= openSockets({ appToken, apiUrl }, intake, log, {
          ...(staggers === undefined ? {} : { staggers }),
          ...(drainMs === undefined ? {} : { drainMs }),
        });
      },
      split,
      budgets,
      send: async (to, part, attempt) => teams.of(attempt.workspace).sending.send(to, part, attempt),
      edit: async (ref, part, attempt) => teams.of(attempt.workspace).sending.edit(ref, part, attempt),
      async direct(workspace, account) {
        const channel = await teams.of(workspace).places.direct(account);
        return { conversation: conversationOf(channel.platformId), channel };
      },
      findStanding: async (workspace, account) => teams.of(workspace).senders.findStanding(account),
      async open(marked, options) {
        const { team, file } = teams.ownerOf(marked);
        return team.files.open(file, options);
      },
      async stop() {
        core = undefined;
        heard();
        const closing = sockets;
        sockets = undefined;
        await closing?.stop();
        await settledWithin(intake.settled(), settleMaxMs);
      },
    },
    part: 'bots',
    ...(config.signingSecret === undefined ? {} : { webhook: createWebhook(config.signingSecret, intake) }),
    ...(installer ? { routes: installer.routes } : {}),
    settled: () => intake.settled(),
  };
}

function install(config: InstallerConfig, deps: BotDeps, log: Logger) {
  const store = deps.stores.slack;
  if (!store) throw new Error('there is no place for installations');
  return createInstaller(config, { store, i18n: deps.i18n, log });
}

/** Finds out at the start, and in the background, whether the token is good for everything; nothing waits for it. */
async function checkToken(client: SlackClient, workspaceNames: Map<string, string>, log: Logger): Promise<void> {
  try {
    const { team_id, team, response_metadata } = identity.parse(await client.call('auth.test', {}));
    if (team) workspaceNames.set(team_id, team);
    const scopes = response_metadata?.scopes;
    const lacking = scopes ? botScopes.filter((scope) => !scopes.includes(scope)) : [];
    if (lacking.length === 0) log.info({ workspace: team_id }, 'Slack knows the bot');
    else log.error({ lacking }, 'SLACK_BOT_TOKEN lacks scopes: give the app its manifest anew, and install it again');
  } catch (error) {
    const reason = codeOf(error);
    if (reason === undefined) log.warn({ err: error }, 'Slack cannot be reached; posting is tried all the same');
    else log.error({ reason }, 'Slack does not take SLACK_BOT_TOKEN: nothing can be posted there');
  }
}
