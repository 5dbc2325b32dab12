import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { botScopes, createManifest } from '#bots/slack/manifest.ts';
import { commands } from '#core/commands/index.ts';
import { createI18n } from '#src/i18n.ts';
import { conversationScopes, eventScopes, methodScopes } from '#tests/servers/slack-scopes.ts';

const i18n = createI18n();
const overSocket = createManifest(i18n, { locale: 'en' });
const overHttp = createManifest(i18n, { locale: 'en', publicUrl: 'https://easel.example.org' });
const address = 'https://easel.example.org/slack/events';

describe('with an address', () => {
  it('has Slack send everything there', () => {
    expect(overHttp.settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: address },
      interactivity: { is_enabled: true, request_url: address },
    });
    expect(overHttp.features.slash_commands.map((command) => 'url' in command && command.url)).toEqual(
      overHttp.features.slash_commands.map(() => address),
    );
  });
});

describe('without one', () => {
  it('has Slack send everything over Socket Mode', () => {
    expect(overSocket.settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } });
    expect(JSON.stringify(overSocket)).not.toContain('https://');
  });
});

describe('for many workspaces', () => {
  it('is told of removals, renews tokens, and has people sent back to it', () => {
    const { oauth_config, settings } = createManifest(i18n, {
      locale: 'en',
      publicUrl: 'https://easel.example.org',
      installed: true,
    });
    expect(oauth_config).toMatchObject({ redirect_urls: ['https://easel.example.org/slack/oauth_redirect'] });
    expect(settings).toMatchObject({
      token_rotation_enabled: true,
      event_subscriptions: { bot_events: expect.arrayContaining(['app_uninstalled', 'tokens_revoked']) },
    });
  });
});

describe('commands', () => {
  const named = overSocket.features.slash_commands.map(({ command }) => command);

  it('are all there by name, but for those that Slack refuses, and one that runs each', () => {
    const own = commands.map(({ name }) => `/${name}`).filter((name) => name !== '/status');
    expect(named).toEqual([...own, '/easel']);
  });

  it.each(i18n.locales)('and texts are within the limits of a manifest in %s, and none is cut', (locale) => {
    const { display_information: display, features } = createManifest(i18n, { locale });
    expect(display.name.length).toBeLessThanOrEqual(35);
    expect(display.description.length).toBeLessThanOrEqual(140);
    expect(features.bot_user.display_name).toMatch(/^[a-z0-9._-]{1,80}$/);
    for (const { command, description } of features.slash_commands) {
      expect(command).toMatch(/^\/[a-z0-9-]{1,31}$/);
      expect(description.length).toBeLessThanOrEqual(2000);
    }
    for (const { name, description } of features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
    }
    expect(JSON.stringify([display, features])).not.toContain('…');
  });

  it('arrive escaped, so that what was typed is known exactly', () => {
    expect(overSocket.features.slash_commands.every(({ should_escape }) => should_escape)).toBe(true);
  });
});

describe('scopes', () => {
  const folder = new URL('../../../src/bots/slack/', import.meta.url);
  const source = globSync('*.ts', { cwd: folder.pathname }).map((file) => readFileSync(new URL(file, folder), 'utf8'));
  const called = [
    ...new Set(source.flatMap((text) => [...text.matchAll(/call\(\s*'([a-zA-Z.]+)'/g)].map(([, name]) => name ?? ''))),
  ];
  /** Any of a list is enough. */
  const needed: Record<string, readonly string[] | undefined> = methodScopes;

  it('cover every method that the bot calls', () => {
    expect(called.length).toBeGreaterThan(8);
    const lacking = called.filter((method) => {
      const scopes = needed[method] ?? [];
      return scopes.length > 0 && !scopes.some((scope) => (botScopes as readonly string[]).includes(scope));
    });
    expect(lacking).toEqual([]);
  });

  it('cover every event that it hears', () => {
    const events = overSocket.settings.event_subscriptions.bot_events;
    const scopes = new Set(events.map((event) => eventScopes[event]));
    expect([...scopes]).toEqual(['app_mentions:read', 'im:history', 'users:read', 'usergroups:read']);
    expect(botScopes).toEqual(expect.arrayContaining([...scopes]));
  });

  it('are no more than what is used', () => {
    const { public: channels, private: groups } = conversationScopes.read;
    const used = new Set([
      'commands',
      channels,
      groups,
      ...called.flatMap((method) => needed[method]?.[0] ?? []),
      ...overSocket.settings.event_subscriptions.bot_events.map((event) => eventScopes[event]),
    ]);
    expect([...botScopes].filter((scope) => !used.has(scope))).toEqual([]);
  });
});
