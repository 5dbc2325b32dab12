import type { Context } from '#tests/servers/discord-context.ts';
import { dispatchMessage, has } from '#tests/servers/discord-context.ts';
import { badLength, type FieldError, invalidForm, refusal } from '#tests/servers/discord-errors.ts';
import {
  callbackTypes,
  type Interaction,
  interactionTypes,
  isExpired,
  isLate,
  type RawAnswer,
} from '#tests/servers/discord-interactions.ts';
import { checkModal } from '#tests/servers/discord-message-rules.ts';
import { editMessage, type MessageOrder, postMessage } from '#tests/servers/discord-messages.ts';
import { can } from '#tests/servers/discord-permissions.ts';
import type { UploadedFile } from '#tests/servers/discord-requests.ts';
import {
  addMessage,
  findMessage,
  guildOf,
  type Json,
  type Message,
  messageFlags,
} from '#tests/servers/discord-world.ts';

/** Follow-ups of an app in a guild that it is not a member of. */
const followupsMax = 5;

/** Which answers each kind of interaction takes; updates need a message whose component was used. */
const allowed: Readonly<Record<number, readonly number[]>> = {
  [interactionTypes.ping]: [1],
  [interactionTypes.command]: [4, 5, 9],
  [interactionTypes.component]: [4, 5, 6, 7, 9],
  [interactionTypes.autocomplete]: [8],
  [interactionTypes.modal]: [4, 5, 6, 7],
};

/** Carries out the one immediate answer to an interaction. @throws {ApiRefusal} */
export function answerInteraction(
  context: Context,
  interaction: Interaction,
  body: Json,
  files: readonly UploadedFile[],
): RawAnswer {
  if (interaction.answer) throw refusal('alreadyAcknowledged');
  if (isLate(context, interaction)) throw refusal('unknownInteraction');
  const type = Number(body?.type);
  const isUpdate = type === callbackTypes.deferredUpdate || type === callbackTypes.update;
  if (!allowed[interaction.type]?.includes(type) || (isUpdate && !interaction.source)) {
    const message = `Interaction of type ${interaction.type} cannot be answered with type ${body?.type}`;
    throw invalidForm([{ path: ['type'], code: 'INTERACTION_CALLBACK_TYPE_INVALID', message }]);
  }
  const answer = carryOut(context, interaction, type, (body.data as Json | null) ?? {}, files);
  interaction.answer = answer;
  interaction.original = answer.message;
  interaction.resolve(answer);
  return answer;
}

function carryOut(
  context: Context,
  interaction: Interaction,
  type: number,
  data: Json,
  files: readonly UploadedFile[],
): RawAnswer {
  switch (type) {
    case callbackTypes.message:
      return {
        type,
        message: post(context, interaction, data, files, ['data'], isPrivate(context, interaction, data)),
      };
    case callbackTypes.deferredMessage:
      return { type, message: addLoading(context, interaction, isPrivate(context, interaction, data)) };
    case callbackTypes.deferredUpdate:
      return { type, message: interaction.source };
    case callbackTypes.update: {
      const source = interaction.source && findMessage(context.world, interaction.source.id);
      if (!source) throw refusal('unknownMessage');
      editMessage(context, source, { body: data, files, fileBytesMax: interaction.fileBytesMax, path: ['data'] });
      return { type, message: source };
    }
    case callbackTypes.choices:
      return { type, choices: readChoices(interaction, data) };
    case callbackTypes.modal:
      checkModal(data);
      return { type, modal: data };
    default:
      return { type };
  }
}

/** Where the app is only brought by a person who may not use external apps in public, everything is private. */
function isPrivate({ world }: Context, { channel, userId, isUserInstalled }: Interaction, data: Json): boolean {
  return (
    has(Number(data.flags ?? 0), 'ephemeral') || (isUserInstalled && !can(world, channel, userId, 'useExternalApps'))
  );
}

function post(
  context: Context,
  interaction: Interaction,
  body: Json,
  files: readonly UploadedFile[],
  path: MessageOrder['path'],
  asPrivate: boolean,
): Message {
  return postMessage(context, {
    channel: interaction.channel,
    authorId: context.world.botId,
    body,
    files,
    fileBytesMax: interaction.fileBytesMax,
    path,
    visibleTo: asPrivate ? interaction.userId : undefined,
    interactionId: interaction.id,
    asked: { by: interaction.userId, type: interaction.type },
  });
}

/** "… is thinking": its flags other than privacy are ignored (discord/discord-api-docs#7910). */
function addLoading(context: Context, { channel, userId, id, type }: Interaction, asPrivate: boolean): Message {
  const { world } = context;
  const message: Message = {
    id: world.newId(),
    channelId: channel.id,
    authorId: world.botId,
    content: '',
    embeds: [],
    components: [],
    attachments: [],
    flags: messageFlags.loading | (asPrivate ? messageFlags.ephemeral : 0),
    createdAt: world.now(),
    edits: 0,
    pings: [],
    mentionedUsers: [],
    interactionId: id,
    asked: { by: userId, type },
    deleted: false,
    ...(asPrivate ? { visibleTo: userId } : {}),
  };
  addMessage(world, channel, message);
  dispatchMessage(context, 'MESSAGE_CREATE', message);
  return message;
}

function readChoices(interaction: Interaction, data: Json): NonNullable<RawAnswer['choices']> {
  const choices = (data.choices as NonNullable<RawAnswer['choices']> | undefined) ?? [];
  const errors: FieldError[] = [];
  const wantsText = findFocused(interaction.payload.data as Json)?.type === 3;
  if (choices.length > 25) errors.push(badLength(['data', 'choices'], 0, 25));
  choices.forEach(({ name, value }, index) => {
    const path = ['data', 'choices', index];
    if (typeof name !== 'string' || name.length < 1 || name.length > 100)
      errors.push(badLength([...path, 'name'], 1, 100));
    if (
      wantsText !== (typeof value === 'string') ||
      (typeof value === 'string' && (value.length < 1 || value.length > 100))
    ) {
      errors.push(badLength([...path, 'value'], 1, 100));
    }
  });
  if (errors.length > 0) throw invalidForm(errors);
  return choices;
}

function findFocused(data: Json): Json | undefined {
  const options = (data.options as Json[] | undefined) ?? [];
  return options.find(({ focused }) => focused === true) ?? options.map(findFocused).find((found) => found);
}

/** @throws {ApiRefusal} when the token is too old, or nothing has been answered yet. */
export function requireToken(context: Context, interaction: Interaction | undefined): Interaction {
  if (!interaction?.answer) throw refusal('unknownWebhook');
  if (isExpired(context, interaction)) throw refusal('invalidWebhookToken');
  return interaction;
}

/** A further message by an interaction's token. @throws {ApiRefusal} */
export function followUp(
  context: Context,
  interaction: Interaction,
  body: Json,
  files: readonly UploadedFile[],
): Message {
  const { original, fileBytesMax } = interaction;
  // Deprecated, but so it is: the first one after a deferral fills in the waiting message.
  if (original && has(original.flags, 'loading') && !original.deleted) {
    editMessage(context, original, {
      body: { ...body, flags: Number(body.flags ?? 0) & ~messageFlags.ephemeral },
      files,
      fileBytesMax,
      path: [],
    });
    return original;
  }
  if (interaction.isUserInstalled && interaction.followups >= followupsMax) throw refusal('tooManyFollowups');
  const message = post(context, interaction, body, files, [], isPrivate(context, interaction, body));
  interaction.followups += 1;
  return message;
}

/** A message that an interaction's token may change. @throws {ApiRefusal} */
export function requireOwn({ world }: Context, interaction: Interaction, id: string): Message {
  const wanted = id === '@original' ? interaction.original?.id : id;
  const message = wanted === undefined ? undefined : findMessage(world, wanted);
  const isOwn = message?.interactionId === interaction.id || message === interaction.original;
  if (!message || !isOwn) throw refusal('unknownMessage');
  return message;
}

/** What the callback answers when asked with `with_response`. */
export function callbackResponse({ payloads, world }: Context, interaction: Interaction, answer: RawAnswer): Json {
  const { message } = answer;
  const hasMessage = message && answer.type !== callbackTypes.deferredUpdate;
  return {
    interaction: {
      id: interaction.id,
      type: interaction.type,
      ...(hasMessage
        ? {
            response_message_id: message.id,
            response_message_loading: has(message.flags, 'loading'),
            response_message_ephemeral: message.visibleTo !== undefined,
          }
        : {}),
      channel_id: interaction.channel.id,
      ...(guildOf(world, interaction.channel) ? { guild_id: interaction.channel.guildId } : {}),
    },
    ...(hasMessage ? { resource: { type: answer.type, message: payloads.message(message) } } : {}),
  };
}
