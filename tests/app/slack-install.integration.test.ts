import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlackInstallation } from '#bots/slack/installer.ts';
import { createManifest } from '#bots/slack/manifest.ts';
import { openKeyFile } from '#db/key-file.ts';
import { type Keys, readKeys } from '#db/keys.ts';
import { createSlackInstallations } from '#db/slack-installations.ts';
import { loadConfig } from '#src/config.ts';
import { createI18n } from '#src/i18n.ts';
import { findFreePort } from '#tests/find-free-port.ts';
import { type SlackServer, startSlackServer } from '#tests/servers/slack.ts';
import { startTestApp, type TestApp } from '#tests/start-test-app.ts';

let slack: SlackServer;
let app: TestApp;
const keys = `k1:${randomBytes(32).toString('base64')}`;

beforeAll(async () => {
  [slack, app] = await startBoth({ EASEL_KEYS: keys });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
});

async function startBoth(env: Record<string, string>): Promise<[SlackServer, TestApp]> {
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const manifest = createManifest(createI18n(), { locale: 'en', publicUrl, installed: true });
  const server = await startSlackServer({
    manifest: manifest as NonNullable<Parameters<typeof startSlackServer>[0]>['manifest'] & object,
  });
  const started = await startTestApp({
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    SLACK_CLIENT_ID: server.oauth.clientId,
    SLACK_CLIENT_SECRET: server.oauth.clientSecret,
    SLACK_SIGNING_SECRET: server.signingSecret,
    SLACK_API_URL: server.url,
    PLAYGROUND: 'off',
    ...env,
  });
  server.deliverTo(`${started.url}/slack/events`);
  return [server, started];
}

/** What a browser does: it keeps the cookie, and goes where it is sent. */
async function begin(at = app): Promise<{ cookie: string; address: string }> {
  const response = await fetch(`${at.url}/slack/install`, { redirect: 'manual' });
  expect(response.status).toBe(302);
  const cookie = response.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/; Secure; HttpOnly;/);
  return { cookie: cookie.split(';')[0] ?? '', address: response.headers.get('location') ?? '' };
}

function comeBack(address: string, cookie: string | undefined, language = 'en'): Promise<Response> {
  const headers = { 'accept-language': language, ...(cookie === undefined ? {} : { cookie }) };
  return fetch(address, { headers, redirect: 'manual' });
}

async function install(team: { id: string }, user: { id: string }, [server, at] = [slack, app]): Promise<Response> {
  const { cookie, address } = await begin(at);
  return comeBack(server.oauth.decide(address, { teamId: team.id, userId: user.id }), cookie);
}

const store = () => createSlackInstallations<SlackInstallation>(app.deps.db, readKeys(keys) as Keys);
const callsOf = (team: { id: string }, method: string) =>
  slack.requests.filter((request) => request.teamId === team.id && request.method === method);

function addTeam(name: string) {
  const team = slack.addTeam(name);
  return { team, user: team.addUser(`${name}-person`), channel: team.addChannel('studio') };
}

describe('an installation', () => {
  it('in two workspaces gives each its own token, by which each is answered and gets its pictures', async () => {
    const [one, two] = [addTeam('One'), addTeam('Two')];
    for (const { team, user } of [one, two]) {
      const done = await install(team, user);
      expect(done.status).toBe(200);
      expect(await done.text()).toContain(`Easel is now in ${team.id === one.team.id ? 'One' : 'Two'}.`);
      expect(done.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    for (const { user, channel } of [one, two]) await user.command(channel, '/imagine', 'a fox --n 2');
    for (const { user, channel, team } of [one, two]) {
      await slack.until(channel.id, user.id, (messages) => messages.some(({ images }) => images.length === 2));
      expect(callsOf(team, 'chat.postMessage').length).toBeGreaterThan(0);
      expect(callsOf(team, 'files.completeUploadExternal')).toHaveLength(1);
    }
    const names = await app.sql`select name from workspaces where platform = 'slack' order by name`;
    expect(names.map(({ name }) => name)).toEqual(['One', 'Two']);
    expect(slack.violations).toEqual([]);
  });

  it('stores no token in the clear', async () => {
    const rows = await app.sql`select row_to_json(i)::text as row from slack_installations i`;
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toMatch(/xox/);
  });

  it('tells people in direct messages by its own token what they are to be told there', async () => {
    const { team, user, channel } = addTeam('Notices');
    await install(team, user);
    const owner = team.addUser('olga', { primaryOwner: true });
    await user.command(channel, '/quota');
    await owner.command(channel, '/admin', 'grant @Notices-person 5 until tomorrow');
    const direct = user.dmChannel().id;
    await slack.until(direct, user.id, (messages) => messages.some(({ text }) => text.includes('more credits (5)')));
    expect(slack.violations).toEqual([]);
  });

  it('of a picture that is attached is opened with the token of its workspace', async () => {
    const { team, user, channel } = addTeam('Files');
    await install(team, user);
    const sharp = (await import('sharp')).default;
    const picture = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await user.write(channel, 'a fox like this', { mention: true, files: [{ name: 'a.png', bytes: picture }] });
    await slack.until(channel.id, user.id, (messages) =>
      messages.some(({ fromBot, images }) => fromBot && images.length > 0),
    );
    expect(slack.requests.filter(({ method }) => method === 'download').at(-1)?.status).toBe(200);
  });

  it('has its token renewed before it ends, and stored', async () => {
    const { team, user, channel } = addTeam('Rotation');
    await install(team, user);
    const known = await store().find(team.id);
    if (!known?.bot?.refreshToken) throw new Error('there is no token to renew');
    const first = known.bot.token;
    known.bot.expiresAt = Math.floor(Date.now() / 1000) + 60;
    await store().save({ id: team.id, name: 'Rotation' }, known);
    await user.command(channel, '/imagine', 'a fox');
    await slack.until(channel.id, user.id, (messages) => messages.some(({ images }) => images.length === 1));
    const renewed = await store().find(team.id);
    expect(renewed?.bot?.token).not.toBe(first);
    expect(renewed?.bot?.expiresAt).toBeGreaterThan(Date.now() / 1000 + 40_000);
    expect(slack.requests.filter(({ body }) => body.grant_type === 'refresh_token')).toHaveLength(1);
  });
});

describe('an installation that is not made', () => {
  const nobody = { teamId: 'T0', userId: 'U0' };
  const count = async () => (await app.sql`select count(*)::int as n from slack_installations`)[0]?.n;

  it.each([
    ['en', 'you cancelled it'],
    ['zh-TW,zh;q=0.9', '您已取消'],
  ])('is told in %s when the person cancels', async (language, words) => {
    const before = await count();
    const { cookie, address } = await begin();
    const response = await comeBack(slack.oauth.decide(address, 'cancel'), cookie, language);
    expect(await response.text()).toContain(words);
    expect(await count()).toBe(before);
  });

  it.each([
    ['without the cookie of the browser that began it', (address: string) => ({ address, cookie: undefined })],
    ['with the cookie of another beginning', (address: string, other: string) => ({ address, cookie: other })],
    [
      'without a state',
      (address: string, _other: string, cookie: string) => {
        const url = new URL(address);
        url.searchParams.delete('state');
        return { address: url.href, cookie };
      },
    ],
    [
      'with a state that was changed',
      (address: string, _other: string, cookie: string) => {
        const url = new URL(address);
        const state = `${url.searchParams.get('state')?.slice(0, -2)}xx`;
        url.searchParams.set('state', state);
        return { address: url.href, cookie: `${cookie.split('=')[0]}=${state}` };
      },
    ],
    [
      'with a state that is signed with nothing',
      (address: string, _other: string, cookie: string) => {
        const url = new URL(address);
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const state = `${part({ alg: 'none', typ: 'JWT' })}.${part({ installOptions: { scopes: [] }, now: new Date() })}.`;
        url.searchParams.set('state', state);
        return { address: url.href, cookie: `${cookie.split('=')[0]}=${state}` };
      },
    ],
    [
      'without a code',
      (address: string, _other: string, cookie: string) => {
        const url = new URL(address);
        url.searchParams.delete('code');
        return { address: url.href, cookie };
      },
    ],
  ])('when it comes back %s', async (_name, change) => {
    const { team, user } = addTeam('Attacked');
    const before = await count();
    const [mine, other] = [await begin(), await begin()];
    const back = slack.oauth.decide(mine.address, { teamId: team.id, userId: user.id });
    const { address, cookie } = change(back, other.cookie, mine.cookie);
    const response = await comeBack(address, cookie);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('has expired, or was begun in another browser');
    expect(await count()).toBe(before);
  });

  it('when Slack does not know the code, or it was used before', async () => {
    const { team, user } = addTeam('Replayed');
    const { cookie, address } = await begin();
    const back = slack.oauth.decide(address, { teamId: team.id, userId: user.id });
    expect((await comeBack(back, cookie)).status).toBe(200);
    const again = await comeBack(back, cookie, 'zh-TW');
    expect(again.status).toBe(502);
    expect(await again.text()).toContain('無法安裝 Easel');
    expect(() => slack.oauth.decide(address, nobody)).toThrow();
  });
});

describe('a removal', () => {
  it('takes the token away, and the workspace is back once it installs the app again', async () => {
    const { team, user, channel } = addTeam('Leaving');
    await install(team, user);
    await user.command(channel, '/imagine', 'a fox');
    await slack.until(channel.id, user.id, (messages) => messages.some(({ images }) => images.length === 1));
    const deliveries = await team.uninstall();
    expect(deliveries.map(({ status }) => status)).toEqual([200, 200]);
    expect(await store().find(team.id)).toBeUndefined();
    const gone = () => app.sql`select gone_at is not null as gone from workspaces where platform_id = ${team.id}`;
    expect(await gone()).toEqual([{ gone: true }]);
    expect((await install(team, user)).status).toBe(200);
    expect(await gone()).toEqual([{ gone: false }]);
    await user.command(channel, '/imagine', 'an owl');
    await slack.until(
      channel.id,
      user.id,
      (messages) => messages.filter(({ images }) => images.length === 1).length === 2,
    );
  });

  it('that is told late, after the app was installed again, takes nothing away', async () => {
    const { team, user, channel } = addTeam('Late');
    await install(team, user);
    const body = JSON.stringify({ type: 'event_callback', team_id: team.id, event: { type: 'app_uninstalled' } });
    const response = await fetch(`${app.url}/slack/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...slack.sign(body) },
      body,
    });
    expect(response.status).toBe(200);
    expect(await store().find(team.id)).toBeDefined();
    await user.command(channel, '/imagine', 'a fox');
    await slack.until(channel.id, user.id, (messages) => messages.some(({ images }) => images.length === 1));
  });

  it('that Slack cannot be asked about is told again', async () => {
    const { team, user } = addTeam('Unasked');
    await install(team, user);
    slack.fail({ match: ({ method }) => method === 'auth.test', kind: 'server_error' });
    const body = JSON.stringify({ type: 'event_callback', team_id: team.id, event: { type: 'app_uninstalled' } });
    const response = await fetch(`${app.url}/slack/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...slack.sign(body) },
      body,
    });
    expect(response.status).toBe(503);
    expect(await store().find(team.id)).toBeDefined();
  });
});

describe('outside of production without EASEL_KEYS', () => {
  it('stores tokens encrypted by a key of the data folder, which opens them after a restart, and in production starts on none', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'easel-own-key-'));
    const [server, started] = await startBoth({ DATA_DIR: dataDir });
    try {
      const team = server.addTeam('Trial');
      expect((await install(team, team.addUser('mei'), [server, started])).status).toBe(200);
      const [row] = await started.sql`select sealed from slack_installations`;
      expect(row?.sealed).toMatch(/^own:/);
      await started.stop();
      await using again = await startTestApp(started.env);
      const own = createSlackInstallations<SlackInstallation>(again.deps.db, await openKeyFile(dataDir));
      expect((await own.find(team.id))?.team?.id).toBe(team.id);
      expect(() => loadConfig({ ...started.env, NODE_ENV: 'production' })).toThrow(/EASEL_KEYS is missing/);
    } finally {
      await started.stop();
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
