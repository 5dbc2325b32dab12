import {
  answerInteraction,
  callbackResponse,
  followUp,
  requireOwn,
  requireToken,
} from '#tests/servers/discord-callbacks.ts';
import { channelRoutes } from '#tests/servers/discord-channel-routes.ts';
import { listCommands, replaceCommands } from '#tests/servers/discord-commands.ts';
import type { Context } from '#tests/servers/discord-context.ts';
import { refusal } from '#tests/servers/discord-errors.ts';
import type { Interaction } from '#tests/servers/discord-interactions.ts';
import { deleteMessage, editMessage } from '#tests/servers/discord-messages.ts';
import { id, path, type Route, type RouteContext } from '#tests/servers/discord-route.ts';
import { openDm } from '#tests/servers/discord-world.ts';

/** What the app can ask for. */
export const routes: readonly Route[] = [
  { method: 'GET', path: path('/gateway/bot'), run: (context) => context.gatewayBot() },
  {
    method: 'GET',
    path: path('/users/@me'),
    run: ({ world, payloads }) => {
      const bot = world.users.get(world.botId);
      return (
        bot && { ...payloads.user(bot), verified: true, mfa_enabled: true, email: null, flags: 0, locale: 'en-US' }
      );
    },
  },
  { method: 'GET', path: path('(?:/oauth2)?/applications/@me'), run: ({ payloads }) => payloads.application() },
  {
    method: 'GET',
    path: path(`/applications/${id}/commands`),
    run: (context, { part, request }) => {
      requireApplication(context, part(1));
      return listCommands(context.commands.list, request.query.with_localizations === 'true');
    },
  },
  {
    method: 'PUT',
    path: path(`/applications/${id}/commands`),
    rate: 'putCommands',
    run: (context, { part, body }) => {
      requireApplication(context, part(1));
      context.commands.list = replaceCommands(context.world, context.commands.list, body);
      context.world.changes.emit('change');
      return context.commands.list;
    },
  },
  {
    method: 'POST',
    path: path('/users/@me/channels'),
    rate: 'openDm',
    run: ({ world, payloads }, { body }) => {
      const user = world.users.get(String(body.recipient_id));
      if (!user || user.bot) throw refusal('unknownUser');
      return payloads.channel(openDm(world, user.id));
    },
  },
  {
    method: 'GET',
    path: path(`/guilds/${id}`),
    run: (context, { part }) => context.payloads.guild(requireGuild(context, part(1))),
  },
  {
    method: 'GET',
    path: path(`/guilds/${id}/members/(\\d+)`),
    run: (context, { part }) => {
      const guild = requireGuild(context, part(1));
      if (!guild.members.has(part(2)))
        throw refusal(context.world.users.has(part(2)) ? 'unknownMember' : 'unknownUser');
      return context.payloads.member(guild, part(2));
    },
  },
  ...channelRoutes,
  {
    method: 'POST',
    path: path(`/interactions/${id}/([^/]+)/callback`),
    byToken: true,
    run: (context, { part, body, files, request }) => {
      const interaction = context.interactions.get(part(2));
      if (interaction?.id !== part(1)) throw refusal('unknownInteraction');
      const answer = answerInteraction(context, interaction, body, files);
      return request.query.with_response === 'true' ? callbackResponse(context, interaction, answer) : undefined;
    },
  },
  {
    method: 'POST',
    path: path(`/webhooks/${id}/([^/]+)`),
    byToken: true,
    rate: 'webhook',
    run: (context, { part, body, files }) =>
      context.payloads.message(followUp(context, byToken(context, part(1), part(2)), body, files)),
  },
  {
    method: 'GET',
    path: path(`/webhooks/${id}/([^/]+)/messages/(@original|\\d+)`),
    byToken: true,
    rate: 'webhook',
    run: (context, { part }) =>
      context.payloads.message(requireOwn(context, byToken(context, part(1), part(2)), part(3))),
  },
  {
    method: 'PATCH',
    path: path(`/webhooks/${id}/([^/]+)/messages/(@original|\\d+)`),
    byToken: true,
    rate: 'webhook',
    run: (context, { part, body, files }) => {
      const interaction = byToken(context, part(1), part(2));
      const message = requireOwn(context, interaction, part(3));
      editMessage(context, message, { body, files, fileBytesMax: interaction.fileBytesMax, path: [] });
      return context.payloads.message(message);
    },
  },
  {
    method: 'DELETE',
    path: path(`/webhooks/${id}/([^/]+)/messages/(@original|\\d+)`),
    byToken: true,
    rate: 'webhook',
    run: (context, { part }) =>
      deleteMessage(context, requireOwn(context, byToken(context, part(1), part(2)), part(3))),
  },
];

function byToken(context: RouteContext, applicationId: string, token: string): Interaction {
  if (applicationId !== context.world.applicationId) throw refusal('unknownWebhook');
  return requireToken(context, context.interactions.get(token));
}

function requireApplication({ world }: Context, applicationId: string): void {
  if (applicationId !== world.applicationId) throw refusal('unknownApplication');
}

function requireGuild({ world }: Context, guildId: string) {
  const guild = world.guilds.get(guildId);
  if (!guild?.hasBot) throw refusal('unknownGuild');
  return guild;
}
