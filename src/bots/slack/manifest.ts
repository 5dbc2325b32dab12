import { shorten } from '#bots/cut-text.ts';
import { ownCommand, ownNamedCommands } from '#bots/slack/commands.ts';
import { formCallback } from '#bots/slack/form.ts';
import { commandUsage } from '#core/commands/usage.ts';
import type { I18n, Key, Text } from '#src/i18n.ts';

/** What each scope is for; Slack asks the person who installs the app about every one. */
export const botScopes = [
  // Mentions, and what is said in direct messages.
  'app_mentions:read',
  'im:history',
  'commands',
  // Cards, answers and galleries.
  'chat:write',
  'files:write',
  // Whether uploads are shown, and what people attach.
  'files:read',
  // Direct messages, for what cannot be posted where it was asked for.
  'im:write',
  // Role, language and name of who asks.
  'users:read',
  // User groups, which roles are given by.
  'usergroups:read',
  // Whether the bot is in the channel where it is asked.
  'channels:read',
  'groups:read',
] as const;

export const botEvents = [
  'app_mention',
  'message.im',
  // What people may do has changed.
  'user_change',
  'subteam_created',
  'subteam_updated',
  'subteam_members_changed',
] as const;
/** Where the app is installed by OAuth: tells when it is removed. */
const installedEvents = ['app_uninstalled', 'tokens_revoked'] as const;

/** Limits of docs.slack.dev/reference/app-manifest, in characters. */
const charsMax = { description: 140, command: 2000, hint: 1000, shortcutName: 24, shortcut: 150 };

/**
 * The app as Slack is told about it: everything that this platform uses and nothing else. With an address, Slack sends to
 * it; without one, over Socket Mode. `installed`: by OAuth, in many workspaces.
 */
export function createManifest(
  i18n: Pick<I18n, 'say'>,
  options: { publicUrl?: string | undefined; locale: string; installed?: boolean },
) {
  const installed = options.installed === true && options.publicUrl !== undefined;
  const redirect = installed ? { redirect_urls: [new URL('/slack/oauth_redirect', options.publicUrl).href] } : {};
  const reader = { locale: options.locale, timeZone: 'UTC' };
  const say = (text: Text, max: number) => shorten(i18n.say(text, reader), max);
  const address = options.publicUrl === undefined ? undefined : new URL('/slack/events', options.publicUrl).href;
  const url = address === undefined ? {} : { url: address };
  const requestUrl = address === undefined ? {} : { request_url: address };
  return {
    _metadata: { major_version: 2, minor_version: 1 },
    display_information: {
      name: 'Easel',
      description: say({ key: 'slack.app.description' }, charsMax.description),
      background_color: '#2b3a55',
    },
    features: {
      app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'easel', always_online: true },
      slash_commands: [
        ...ownNamedCommands.map((command) => ({
          command: `/${command.name}`,
          ...url,
          description: say({ key: `commands.${command.name}.description` as Key }, charsMax.command),
          ...usageHint(commandUsage(command)),
          // Only escaped text says which characters were typed and which are Slack's.
          should_escape: true,
        })),
        {
          command: ownCommand,
          ...url,
          description: say({ key: 'slack.app.easel' }, charsMax.command),
          usage_hint: '<command>',
          should_escape: true,
        },
      ],
      shortcuts: [
        {
          name: say({ key: 'slack.app.shortcut' }, charsMax.shortcutName),
          type: 'message',
          callback_id: formCallback,
          description: say({ key: 'commands.imagine.description' }, charsMax.shortcut),
        },
      ],
    },
    oauth_config: { ...redirect, scopes: { bot: [...botScopes] } },
    settings: {
      event_subscriptions: { ...requestUrl, bot_events: [...botEvents, ...(installed ? installedEvents : [])] },
      interactivity: { is_enabled: true, ...requestUrl },
      org_deploy_enabled: false,
      socket_mode_enabled: address === undefined,
      token_rotation_enabled: installed,
    },
  };
}

/** What follows the command's name; none where nothing does. */
function usageHint(usage: string): { usage_hint?: string } {
  const hint = usage.replace(/^\S+\s*/, '');
  return hint === '' ? {} : { usage_hint: shorten(hint, charsMax.hint) };
}
