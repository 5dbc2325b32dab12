import type { Answer, Courier } from '#tests/servers/discord-answers.ts';
import {
  addUpload,
  type ChosenFile,
  createCommandData,
  NotRegisteredError,
  type OptionValue,
} from '#tests/servers/discord-command-data.ts';
import type { Command } from '#tests/servers/discord-commands.ts';
import type { Context } from '#tests/servers/discord-context.ts';
import { interactionTypes } from '#tests/servers/discord-interactions.ts';
import { findMentions } from '#tests/servers/discord-markup.ts';
import { createModalData, type FormValues } from '#tests/servers/discord-modal-data.ts';
import { can, permissionsIn } from '#tests/servers/discord-permissions.ts';
import { isVisible, type SeenAction, type SeenMessage, seen, seenBy } from '#tests/servers/discord-view.ts';
import {
  addMessage,
  type Channel,
  findMessage,
  guildOf,
  type Message,
  openDm,
  type User,
} from '#tests/servers/discord-world.ts';

/** A channel, or its id. */
export type Place = string | { id: string };

/** What a person can do. Everything that asks the app throws 'The application did not respond' after three seconds. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** Their direct messages with the app. */
  readonly dm: { id: string };
  /** Types a command; `settings set` is a subcommand. Files go to attachment options. */
  slash(
    place: Place,
    command: string,
    options?: Readonly<Record<string, OptionValue>>,
    more?: { files?: Readonly<Record<string, ChosenFile>> },
  ): Promise<Answer>;
  /** Types into an option that completes. */
  autocomplete(
    place: Place,
    command: string,
    options: Readonly<Record<string, OptionValue>>,
    focused: string,
  ): Promise<Answer['choices']>;
  press(message: Place, customId: string): Promise<Answer>;
  select(message: Place, customId: string, values: readonly string[]): Promise<Answer>;
  submitModal(answer: Answer, values: FormValues): Promise<Answer>;
  /** Uses a command from a message's menu. */
  messageCommand(message: Place, command: string): Promise<Answer>;
  /** Writes a message; `mention` puts the app's mention before the text. */
  write(
    place: Place,
    text: string,
    more?: { mention?: boolean; files?: readonly ChosenFile[]; replyTo?: Place },
  ): SeenMessage;
  sees(place: Place): SeenMessage[];
  /** Whether the app may write to them. */
  acceptDms(accepts: boolean): void;
}

export interface PeopleContext extends Context {
  commands: { list: Command[] };
}

const idOf = (place: Place) => (typeof place === 'string' ? place : place.id);

export function createPerson(context: PeopleContext, courier: Courier, user: User, fileBytesMax?: number): Person {
  const { world, payloads } = context;
  /** Where a form came from, by the interaction that opened it. */
  const forms = new Map<string, { channel: Channel; source: Message | undefined }>();

  function channelAt(place: Place): Channel {
    const channel = world.channels.get(idOf(place));
    if (!channel || !can(world, channel, user.id, 'viewChannel'))
      throw new Error(`${user.name} sees no channel ${idOf(place)}`);
    return channel;
  }

  function messageAt(place: Place): Message {
    const message = findMessage(world, idOf(place));
    if (!message || !isVisible(message, user.id)) throw new Error(`${user.name} sees no message ${idOf(place)}`);
    channelAt(message.channelId);
    return message;
  }

  async function ask(order: Omit<Parameters<Courier['ask']>[0], 'user' | 'fileBytesMax'>): Promise<Answer> {
    const answer = await courier.ask({ ...order, user, fileBytesMax });
    if (answer.modal) forms.set(answer.interactionId, { channel: order.channel, source: order.source });
    return answer;
  }

  function requireUsable(name: string, type: number, channel: Channel): Command {
    const command = context.commands.list.find((one) => one.type === type && one.name === name);
    if (!command) throw new NotRegisteredError(`${name} is not registered`);
    const guild = guildOf(world, channel);
    const installed = guild ? guild.hasBot || user.hasApp : true;
    const place = guild ? 0 : 1;
    const contexts = command.contexts as number[] | null;
    const needed = BigInt((command.default_member_permissions as string | number | null) ?? 0);
    const permissions = permissionsIn(world, channel, user.id);
    const isUserOnly = guild !== undefined && !guild.hasBot;
    if (!installed) throw new Error(`${user.name} has no such app here`);
    if (isUserOnly && !(command.integration_types as number[]).includes(1))
      throw new Error(`${name} is only for servers that have the app`);
    if (contexts ? !contexts.includes(place) : place === 1 && command.dm_permission === false)
      throw new Error(`${name} is not offered here`);
    if (guild && !can(world, channel, user.id, 'useApplicationCommands'))
      throw new Error(`${user.name} may not use commands`);
    if (guild && (permissions & needed) !== needed) throw new Error(`${user.name} does not see ${name}`);
    return command;
  }

  /** What a client would not have let the person do shows that the app registered something else than a test expects. */
  function noting<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof NotRegisteredError) world.violations.push(error.message);
      throw error;
    }
  }

  function actionAt(message: Message, customId: string, kind: SeenAction['kind']): number {
    const action = seen(context, message).actions.find((one) => one.id === customId && one.kind === kind);
    if (!action) throw new Error(`there is no ${kind} ${customId}`);
    if (action.disabled) throw new Error(`${customId} is disabled`);
    return kind === 'button' ? 2 : 3;
  }

  return {
    id: user.id,
    name: user.name,
    get dm() {
      return { id: openDm(world, user.id).id };
    },
    async slash(place, name, values = {}, { files = {} } = {}) {
      const channel = channelAt(place);
      const data = noting(() => {
        requireUsable(name.split(' ')[0] ?? '', 1, channel);
        return createCommandData(context, context.commands.list, { name, channel, values, files });
      });
      return await ask({ type: interactionTypes.command, channel, data });
    },
    async autocomplete(place, name, values, focused) {
      const channel = channelAt(place);
      const data = noting(() => {
        requireUsable(name.split(' ')[0] ?? '', 1, channel);
        return createCommandData(context, context.commands.list, { name, channel, values, files: {}, focused });
      });
      return (await ask({ type: interactionTypes.autocomplete, channel, data })).choices;
    },
    async press(place, custom_id) {
      const source = messageAt(place);
      const data = { custom_id, component_type: actionAt(source, custom_id, 'button') };
      return await ask({ type: interactionTypes.component, channel: channelAt(source.channelId), data, source });
    },
    async select(place, custom_id, values) {
      const source = messageAt(place);
      const data = { custom_id, component_type: actionAt(source, custom_id, 'select'), values };
      const { options } = seen(context, source).actions.find(({ id }) => id === custom_id) ?? { options: [] };
      const missing = values.find((value) => !options.some((option) => option.value === value));
      if (missing !== undefined) throw new Error(`${custom_id} has no option ${missing}`);
      return await ask({ type: interactionTypes.component, channel: channelAt(source.channelId), data, source });
    },
    async submitModal(answer, values) {
      const form = forms.get(answer.interactionId);
      if (!form || !answer.modal) throw new Error(`${user.name} has no such form open`);
      const { channel, source } = form;
      const data = createModalData(context, channel, answer.modal, values);
      return await ask({ type: interactionTypes.modal, channel, data, ...(source ? { source } : {}) });
    },
    async messageCommand(place, name) {
      const message = messageAt(place);
      const channel = channelAt(message.channelId);
      const command = noting(() => requireUsable(name, 3, channel));
      const messages = { [message.id]: payloads.message(message) };
      const data = { id: command.id, name, type: 3, target_id: message.id, resolved: { messages } };
      return await ask({ type: interactionTypes.command, channel, data });
    },
    write(place, text, { mention = false, files = [], replyTo } = {}) {
      const channel = channelAt(place);
      const needed = channel.kind === 'thread' ? 'sendMessagesInThreads' : 'sendMessages';
      if (!can(world, channel, user.id, needed)) throw new Error(`${user.name} may not write there`);
      const content = mention ? `<@${world.botId}> ${text}` : text;
      if (content.length > 2000) throw new Error('a message has at most 2000 characters');
      const answered = replyTo === undefined ? undefined : messageAt(replyTo);
      const mentioned = findMentions(content).users.filter((id) => world.users.has(id));
      const mentionedUsers = [...new Set([...mentioned, ...(answered ? [answered.authorId] : [])])];
      const message: Message = {
        id: world.newId(),
        channelId: channel.id,
        authorId: user.id,
        content,
        embeds: [],
        components: [],
        attachments: files.map((file) => addUpload(context, channel, file, false)),
        flags: 0,
        createdAt: world.now(),
        edits: 0,
        pings: mentionedUsers.map((id) => `user:${id}`),
        mentionedUsers,
        deleted: false,
        ...(answered ? { replyTo: answered.id } : {}),
      };
      addMessage(world, channel, message);
      courier.write(message);
      return seen(context, message);
    },
    sees: (place) => seenBy(context, idOf(place), user.id),
    acceptDms(accepts) {
      user.acceptsDms = accepts;
    },
  };
}
