import { z } from 'zod';
import type { Bot, BotDeps } from '#bots/define.ts';
import { settledWithin } from '#bots/settled-within.ts';
import { createAccounts } from '#bots/slack/accounts.ts';
import { createAnswers } from '#bots/slack/answers.ts';
import { createClient, type SlackClient } from '#bots/slack/client.ts';
import { conversationOf } from '#bots/slack/conversation.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { createFiles } from '#bots/slack/files.ts';
import { createIntake } from '#bots/slack/intake.ts';
import { budgets } from '#bots/slack/limits.ts';
import { botScopes } from '#bots/slack/manifest.ts';
import { createPlaces } from '#bots/slack/places.ts';
import { createRespond } from '#bots/slack/respond.ts';
import { createSenders } from '#bots/slack/senders.ts';
import { createSending } from '#bots/slack/sending.ts';
import { openSockets } from '#bots/slack/socket.ts';
import { createSplit } from '#bots/slack/split-message.ts';
import { createUploads } from '#bots/slack/uploads.ts';
import { createUserGroups } from '#bots/slack/user-groups.ts';
import { createWebhook } from '#bots/slack/webhook.ts';
import { createSay } from '#bots/slack/words.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import type { Logger } from '#src/logger.ts';

export interface SlackConfig {
  botToken: string;
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
  const client = createClient(config, log);
  const say = createSay(deps.i18n);
  const split = createSplit(say);
  const accounts = createAccounts(client, log);
  const places = createPlaces(client, accounts, log);
  const looks = timing.looks === undefined ? {} : { looks: timing.looks };
  const trustedOrigin = config.apiUrl === undefined ? undefined : new URL(config.apiUrl).origin;
  const post: Parameters<typeof createUploads>[0]['post'] = (url, body, signal) =>
    deps.post(url, { type: 'application/octet-stream', body, signal, trustedOrigin });
  const uploads = createUploads({ client, say, blobs: deps.blobs, log, post }, looks);
  const sending = createSending({ client, say, uploads });
  const files = createFiles(config, { client, download: deps.download });
  const answers = createAnswers({ client, places, sending, respond: createRespond(config.apiUrl), split, say });
  const workspaceNames = new Map<string, string>();
  let core: ChatCore | undefined;
  let sockets: ReturnType<typeof openSockets> | undefined;
  const groups = createUserGroups(client, log);
  const workspaceName = (id: string) => workspaceNames.get(id);
  const senders = createSenders({ accounts, groups, places, log, workspaceName });
  const heard = deps.bus.on('standings', (payload) => {
    const [platform, user] = payload.split(' ');
    if (platform === 'slack') senders.forget(user);
  });
  const intake = createIntake(
    {
      ...{ client, accounts, senders, answers, say, i18n: deps.i18n, log },
      findCore: () => core,
      peopleChanged(user) {
        senders.forget(user);
        // One process alone hears of it from Slack.
        deps.bus
          .say('standings', ['slack', ...(user === undefined ? [] : [user])].join(' '))
          .catch((error) => log.warn({ err: error }, 'other processes hear of a change of people later'));
      },
    },
    timing.deferAfterMs === undefined ? {} : { deferAfterMs: timing.deferAfterMs },
  );

  return {
    platform: {
      id: 'slack',
      async start(started) {
        core = started;
        void checkToken(client, workspaceNames, log);
        if (config.signingSecret !== undefined || config.appToken === undefined) return;
        const { appToken, apiUrl } = config;
        const { staggers, drainMs } = timing;
        sockets ??= openSockets({ appToken, apiUrl }, intake, log, {
          ...(staggers === undefined ? {} : { staggers }),
          ...(drainMs === undefined ? {} : { drainMs }),
        });
      },
      split,
      budgets,
      send: (to, part, attempt) => sending.send(to, part, attempt),
      edit: (ref, part, attempt) => sending.edit(ref, part, attempt),
      async direct(_workspace, account) {
        const channel = await places.direct(account);
        return { conversation: conversationOf(channel.platformId), channel };
      },
      open: (file, options) => files.open(file, options),
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
    settled: () => intake.settled(),
  };
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
