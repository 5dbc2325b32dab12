import { ApiRefusal } from '#tests/servers/slack-faults.ts';
import { addMessage, contentOf, threadOf } from '#tests/servers/slack-messages.ts';
import { type RecordedRequest, stringOf } from '#tests/servers/slack-requests.ts';
import type { Channel, Json, Message, ResponseUrl, World } from '#tests/servers/slack-world.ts';

/** docs.slack.dev/interactivity/handling-user-interaction: five uses in 30 minutes. */
const usesMax = 5;
const lifetimeMs = 30 * 60_000;

/** A new response URL; `commands` answer with text, `actions` with JSON. */
export function newResponseUrl(
  world: World,
  kind: 'commands' | 'actions',
  of: Omit<ResponseUrl, 'expiresAt' | 'usesLeft'>,
): string {
  const id = `${of.teamId}/${world.newId('R')}`;
  world.responseUrls.set(id, { ...of, expiresAt: world.now() + lifetimeMs, usesLeft: usesMax });
  return `${world.origin()}/${kind}/${id}`;
}

/** Carries out what the app sent to a response URL. */
export function respond(world: World, request: RecordedRequest): { status: number; body: Json | string } {
  const refuse = (status: number, error: string) => {
    request.error = error;
    return { status, body: { ok: false, error } };
  };
  const [, , ...id] = request.path.split('/');
  const target = world.responseUrls.get(id.join('/'));
  const team = target && world.teams.get(target.teamId);
  const channel = target && world.channels.get(target.channelId);
  if (!target || !team || !channel) return refuse(404, 'no_service');
  if (target.expiresAt <= world.now()) return refuse(404, 'expired_url');
  if (target.usesLeft <= 0) return refuse(404, 'used_url');
  if (!request.headers['content-type']?.startsWith('application/json')) return refuse(400, 'invalid_payload');
  target.usesLeft -= 1;
  try {
    respondIn(world, target, channel, request.body);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return refuse(error.code === 'no_text' ? 500 : 400, error.code);
  }
  return { status: 200, body: request.path.startsWith('/commands/') ? 'ok' : { ok: true } };
}

/** Also what an acknowledgement of a command does that is a message itself. @throws {ApiRefusal} */
export function respondIn(
  world: World,
  { teamId, userId, original }: Pick<ResponseUrl, 'teamId' | 'userId' | 'original'>,
  channel: Channel,
  body: Json,
): Message | undefined {
  const team = world.teams.get(teamId);
  if (!team) throw new ApiRefusal('no_service');
  const { replace_original, delete_original, response_type = 'ephemeral' } = body;
  if (original && delete_original === true) {
    requireOwn(original, team.botUserId);
    original.deleted = true;
    world.changes.emit('change');
    return undefined;
  }
  if (!['ephemeral', 'in_channel'].includes(String(response_type))) throw new ApiRefusal('invalid_payload');
  const content = contentOf(world, team, body, 'response_url');
  if (original && replace_original === undefined) {
    world.violations.push('response_url: say replace_original, true or false; its default differs between surfaces.');
  }
  if (original && replace_original === true) {
    requireOwn(original, team.botUserId);
    Object.assign(original, content);
    original.edits += 1;
    world.changes.emit('change');
    return original;
  }
  const threadTs = threadOf(world, channel, stringOf(body, 'thread_ts'), 'response_url');
  return addMessage(world, channel, {
    ...content,
    userId: team.botUserId,
    fromBot: true,
    ...(response_type === 'in_channel' ? {} : { visibleTo: userId }),
    ...(threadTs === undefined ? {} : { threadTs }),
  });
}

function requireOwn(original: Message, botUserId: string): void {
  if (original.userId !== botUserId || original.deleted) throw new ApiRefusal('invalid_payload');
}
