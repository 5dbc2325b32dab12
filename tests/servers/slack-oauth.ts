import { randomBytes } from 'node:crypto';
import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import type { Json, Workspace, World } from '#tests/servers/slack-world.ts';

const tokenSeconds = 43_200;

/** docs.slack.dev/authentication/installing-with-oauth and using-token-rotation, for one app with rotation switched on. */
export function createOAuth(world: World) {
  const clientId = `${world.appId}.client`;
  const clientSecret = randomBytes(16).toString('hex');
  const codes = new Map<string, { team: Workspace; redirectUri: string; scopes: string[]; user: string }>();
  /** The team that a refresh token is of; each is good once. */
  const refreshTokens = new Map<string, Workspace>();

  function issue(team: Workspace): Json {
    team.botToken = `xoxe.xoxb-${team.id}-${randomBytes(12).toString('hex')}`;
    const refresh = `xoxe-1-${randomBytes(12).toString('hex')}`;
    refreshTokens.set(refresh, team);
    return { access_token: team.botToken, refresh_token: refresh, expires_in: tokenSeconds, token_type: 'bot' };
  }

  function about(team: Workspace): Json {
    return {
      ...{ app_id: world.appId, bot_user_id: team.botUserId, enterprise: null, is_enterprise_install: false },
      team: { id: team.id, name: team.name },
      scope: team.scopes.join(','),
    };
  }

  return {
    clientId,
    clientSecret,

    /** What the browser is sent to after a person has decided on Slack's page. */
    decide(address: string, choice: { teamId: string; userId: string } | 'cancel'): string {
      const asked = new URL(address);
      const field = (name: string) => asked.searchParams.get(name) ?? '';
      if (asked.pathname !== '/oauth/v2/authorize' || field('client_id') !== clientId || field('scope') === '')
        throw new Error(`Slack shows an error page for ${address}`);
      const back = new URL(field('redirect_uri'));
      back.searchParams.set('state', field('state'));
      if (choice === 'cancel') {
        back.searchParams.set('error', 'access_denied');
        return back.href;
      }
      const team = world.teams.get(choice.teamId);
      if (!team) throw new Error('there is no such workspace');
      const code = randomBytes(12).toString('hex');
      const scopes = field('scope').split(',');
      codes.set(code, { team, redirectUri: field('redirect_uri'), scopes, user: choice.userId });
      back.searchParams.set('code', code);
      return back.href;
    },

    /** oauth.v2.access */
    access(args: Json): Json {
      if (args.client_id !== clientId) throw new ApiRefusal('invalid_client_id');
      if (args.client_secret !== clientSecret) throw new ApiRefusal('bad_client_secret');
      if (args.grant_type === 'refresh_token') {
        const team = refreshTokens.get(String(args.refresh_token));
        if (!team) throw new ApiRefusal('invalid_refresh_token');
        if (team.installation !== 'installed') throw new ApiRefusal('token_revoked');
        refreshTokens.delete(String(args.refresh_token));
        return { ...about(team), ...issue(team) };
      }
      const granted = codes.get(String(args.code));
      if (!granted) throw new ApiRefusal('invalid_code');
      if (granted.redirectUri !== args.redirect_uri) throw new ApiRefusal('bad_redirect_uri');
      codes.delete(String(args.code));
      const { team, scopes, user } = granted;
      team.scopes = scopes;
      team.installation = 'installed';
      return { ...about(team), ...issue(team), authed_user: { id: user } };
    },
  };
}

export type OAuth = ReturnType<typeof createOAuth>;
