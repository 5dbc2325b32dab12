import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallbackOptions, Installation, InstallProvider } from '@slack/oauth';
import { LRUCache } from 'lru-cache';
import type { Bot, BotDeps } from '#bots/define.ts';
import { type BotToken, clientOptions, createClient, fixedToken, sdkLogger } from '#bots/slack/client.ts';
import { codeOf } from '#bots/slack/delivery-errors.ts';
import { botScopes } from '#bots/slack/manifest.ts';
import { DeliveryError } from '#core/ports/delivery.ts';
import type { Key, TextValue } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';

export interface InstallerConfig {
  clientId: string;
  clientSecret: string;
  /** Where people reach us: Slack sends them back there. */
  publicUrl: string;
  apiUrl: string | undefined;
}

export type SlackInstallation = Installation;

/** Keeps installations, secrets sealed. */
export interface InstallationStore {
  save(team: { id: string; name: string }, installation: Installation): Promise<void>;
  find(team: string): Promise<Installation | undefined>;
  remove(team: string): Promise<void>;
}

const installPath = '/slack/install';
const redirectPath = '/slack/oauth_redirect';
/** Tokens live for twelve hours, and are renewed two hours before; another process may have renewed one. */
const tokenKeptMs = 60_000;
const tokensMax = 5000;
/** What auth.test says of a token that is no good for good. */
const dead = new Set(['account_inactive', 'invalid_auth', 'token_revoked']);

/** Installs the app into workspaces by Slack's OAuth, and finds each one's token; Bolt's own code asks Slack. */
export function createInstaller(
  config: InstallerConfig,
  { store, i18n, log }: Pick<BotDeps, 'i18n'> & { store: InstallationStore; log: Logger },
) {
  const redirectUri = new URL(redirectPath, config.publicUrl).href;
  const startUrl = new URL(installPath, config.publicUrl).href;
  const names = new Map<string, string>();
  const security = log.child({ log: 'security' });
  let loading: Promise<InstallProvider> | undefined;

  async function load(): Promise<InstallProvider> {
    const { InstallProvider } = await import('@slack/oauth');
    return new InstallProvider({
      clientId: config.clientId,
      clientSecret: config.clientSecret,
      stateSecret: createHmac('sha256', config.clientSecret).update('state of an installation').digest('base64'),
      directInstall: true,
      installUrlOptions: { scopes: [...botScopes], redirectUri },
      clientOptions: clientOptions(config.apiUrl),
      logger: sdkLogger(log),
      ...(config.apiUrl === undefined ? {} : { authorizationUrl: new URL('/oauth/v2/authorize', config.apiUrl).href }),
      installationStore: {
        async storeInstallation(installation) {
          const { team } = installation;
          if (installation.isEnterpriseInstall || !team) throw new Error('an organization is no workspace');
          await store.save({ id: team.id, name: team.name ?? team.id }, installation);
          tokens.delete(team.id);
        },
        async fetchInstallation({ teamId }) {
          const installation = teamId === undefined ? undefined : await store.find(teamId);
          if (!installation) throw new NotInstalled(teamId);
          if (installation.team?.name) names.set(installation.team.id, installation.team.name);
          return installation as Installation<'v2', false>;
        },
      },
    });
  }

  function provider(): Promise<InstallProvider> {
    loading ??= load();
    return loading;
  }

  const tokens = new LRUCache<string, string>({
    max: tokensMax,
    ttl: tokenKeptMs,
    fetchMethod: async (team) => {
      try {
        const installer = await provider();
        const { botToken } = await installer.authorize({
          teamId: team,
          enterpriseId: undefined,
          isEnterpriseInstall: false,
        });
        if (botToken === undefined) throw new NotInstalled(team);
        return botToken;
      } catch (error) {
        const cause = (error as { original?: unknown }).original ?? error;
        if (!(cause instanceof NotInstalled)) throw cause;
        throw new DeliveryError('gone', cause.message, { retryable: false, cause });
      }
    },
  });

  async function findToken(team: string): Promise<string> {
    const token = await tokens.fetch(team);
    if (token === undefined) throw new DeliveryError('gone', 'there is no token', { retryable: false });
    return token;
  }

  /** In the language that the browser asks for, as plain text: there is nothing to be put in. */
  function say(request: IncomingMessage, response: ServerResponse, status: number, key: Key, values: Values): void {
    const accepted = (request.headers['accept-language'] ?? '').split(',').map((part) => part.split(';')[0]?.trim());
    const locale = accepted.map(i18n.match).find((known) => known !== undefined) ?? 'en';
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-language': locale,
      vary: 'accept-language',
    });
    response.end(`${i18n.say({ key, values }, { locale, timeZone: 'UTC' })}\n`);
  }

  const callback: CallbackOptions = {
    success(installation, _options, request, response) {
      const team = installation.team?.name ?? installation.team?.id ?? '';
      log.info({ workspace: installation.team?.id }, 'the app was installed');
      say(request as IncomingMessage, response as ServerResponse, 200, 'slack.install.done', { team });
    },
    failure(error, _options, request, response) {
      const code = String(error.code);
      security.warn({ event: 'installation_refused', reason: code }, 'an installation was refused');
      const [status, key] = failures[code] ?? failed;
      say(request as IncomingMessage, response as ServerResponse, status, key, { url: startUrl });
    },
  };

  const routes: NonNullable<Bot['routes']> = async (server) => {
    for (const [path, answer] of [
      [installPath, async (at: Raw) => (await provider()).handleInstallPath(at.request, at.response)],
      [redirectPath, async (at: Raw) => (await provider()).handleCallback(at.request, at.response, callback)],
    ] as const) {
      server.get(path, { exposeHeadRoute: false }, async (request, reply) => {
        reply.hijack();
        for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
        await answer({ request: request.raw, response: reply.raw });
      });
    }
  };

  return {
    routes,
    nameOf: (team: string): string | undefined => names.get(team),
    tokenOf: (team: string): BotToken => ({ find: () => findToken(team), forget: () => void tokens.delete(team) }),

    /**
     * Slack says that the app was removed there, or its token taken back: if that is so still, the token goes.
     * @throws {DeliveryError} where Slack cannot be asked, so that it says so again.
     */
    async checkRemoved(team: string): Promise<void> {
      const installation = await store.find(team);
      const token = installation?.bot?.token;
      if (token === undefined) return;
      try {
        await createClient({ token: fixedToken(token), apiUrl: config.apiUrl }, log).call('auth.test', {});
      } catch (error) {
        if (!dead.has(codeOf(error) ?? '')) throw error;
        await store.remove(team);
        tokens.delete(team);
        log.info({ workspace: team }, 'the app was removed');
      }
    },
  };
}

type Values = Record<string, TextValue>;
type Raw = { request: IncomingMessage; response: ServerResponse };

class NotInstalled extends Error {
  constructor(team: string | undefined) {
    super(`the app is not installed in ${team}`);
    this.name = 'NotInstalled';
  }
}

const failed = [502, 'slack.install.failed'] as const;
const again = [400, 'slack.install.again'] as const;
/** By the codes of @slack/oauth. */
const failures: Readonly<Record<string, readonly [status: number, key: Key]>> = {
  slack_oauth_installer_authorization_error: [200, 'slack.install.cancelled'],
  slack_oauth_missing_state: again,
  slack_oauth_invalid_state: again,
  slack_oauth_missing_code: again,
};

/** Besides what the server gives every answer. */
const headers = { 'cache-control': 'no-store' };
