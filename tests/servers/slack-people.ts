import type { Delivery } from '#tests/servers/slack-delivery.ts';
import type { SeenAction, SeenMessage } from '#tests/servers/slack-view.ts';
import type { Channel, UploadPolicy, User, View } from '#tests/servers/slack-world.ts';

export interface TeamOptions {
  /** Of the bot's token; the manifest's when unset. */
  scopes?: readonly string[];
  uploads?: UploadPolicy;
}

export interface ChannelOptions {
  private?: boolean;
  archived?: boolean;
  /** False: the bot is not a member. */
  bot?: boolean;
}

/** A workspace with the app installed. */
export interface SlackTeam {
  id: string;
  botToken: string;
  botUserId: string;
  botId: string;
  /** A channel that all people of the team are in (and those added later), unless it is private: then `invite`. */
  addChannel(name: string, options?: ChannelOptions): SlackChannel;
  addUser(name: string, facts?: Partial<Omit<User, 'id' | 'name' | 'isBot'>>): SlackUser;
  /** A user group; `setUsers` sends subteam_members_changed. */
  addGroup(handle: string, users?: readonly { id: string }[]): Promise<SlackGroup>;
  setUploads(policy: UploadPolicy): void;
  setScopes(scopes: readonly string[]): void;
  /** The app is removed: its tokens die (`account_inactive`), app_uninstalled and tokens_revoked are sent. */
  uninstall(): Promise<Delivery[]>;
  /** The bot's token alone dies (`token_revoked`). */
  revokeToken(): void;
}

export interface SlackGroup {
  id: string;
  setUsers(users: readonly { id: string }[]): Promise<Delivery[]>;
}

export interface SlackChannel {
  id: string;
  name: string;
  archive(): Promise<Delivery[]>;
  /** The channel is gone. */
  remove(): Promise<Delivery[]>;
  invite(person: 'bot' | SlackUser): Promise<Delivery[]>;
  kick(person: 'bot' | SlackUser): Promise<Delivery[]>;
}

/** What the app answered in time. */
export interface Acknowledgement {
  status: number;
  /** Parsed when it was JSON; undefined when empty. */
  body: unknown;
  delivery: Delivery;
}

export interface ViewAnswer extends Acknowledgement {
  /** By block id, when the form was refused; it stays open. */
  errors?: Record<string, string>;
  /** What is in front of the person now. */
  view?: View;
}

export interface WriteOptions {
  /** `ts` of the parent. */
  thread?: string;
  files?: { name: string; bytes: Uint8Array; alt?: string }[];
  /** Begins the text with a mention of the bot. */
  mention?: boolean;
}

/**
 * A person. Texts are as typed: `@name` and `#channel` become mentions. What Slack would refuse throws a `ClientError`;
 * so does an app that is too slow (`operation_timeout`), not there or failing (`dispatch_failed`), or that answers
 * what Slack cannot show (`invalid_command_response`).
 */
export interface SlackUser {
  id: string;
  name: string;
  /** Types a slash command; an answer in the acknowledgement appears in the channel. In a thread Slack refuses it. */
  command(
    channel: { id: string },
    command: string,
    text?: string,
    options?: { thread?: string },
  ): Promise<Acknowledgement>;
  /** Presses what has this action id, label or value; `option` is the value chosen in a menu. */
  press(message: SeenMessage, action: string | SeenAction, options?: { option?: string }): Promise<Acknowledgement>;
  /** The same in a modal or on the Home tab. */
  pressInView(view: View, action: string, options?: { option?: string }): Promise<Acknowledgement>;
  /** Runs a shortcut: on a message, or from anywhere. */
  shortcut(callbackId: string, message?: SeenMessage): Promise<Acknowledgement>;
  /** Modals in front of this person, the top one last. */
  views(): View[];
  /** The Home tab the app has made for this person. */
  home(): View | undefined;
  /** Fills in a form (by block id, action id or label; what is left out keeps its initial value) and sends it. */
  submitView(view: View, values?: Record<string, unknown>): Promise<ViewAnswer>;
  closeView(view: View): Promise<Acknowledgement | undefined>;
  /** Writes a message; resolves once every event of it was answered or given up for the moment. */
  write(channel: { id: string }, text: string, options?: WriteOptions): Promise<Written>;
  /** Writes to the app in its Messages tab. */
  dm(text: string, options?: WriteOptions): Promise<Written>;
  /** The channel of this person's direct messages with the app; opened if it is not yet. */
  dmChannel(): Channel;
  openHome(tab?: 'home' | 'messages'): Promise<Delivery[]>;
  react(message: SeenMessage, name: string): void;
  /** Deletes a message of theirs (admins: any). */
  remove(message: SeenMessage): Promise<Delivery[]>;
  /** Deletes a file of theirs, which goes out of every message. */
  removeFile(message: SeenMessage, name: string): void;
  /** Reloads the client: ephemeral messages are gone. */
  reload(): void;
  deactivate(): void;
  /** Changes what users.info says; user_change is sent. */
  change(facts: Partial<Omit<User, 'id' | 'name' | 'isBot'>>): Promise<Delivery[]>;
}

export interface Written {
  message: SeenMessage;
  /** One for each event: `app_mention` and `message` both come when both are subscribed. */
  deliveries: Delivery[];
}

/** What a person's client refuses or complains about; `code` is Slack's word where there is one. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: string;
  constructor(code: string, message = code) {
    super(message);
    this.code = code;
  }
}

/** @throws {ClientError} when the app was late, away or failing. */
export function acknowledged(delivery: Delivery, what: string): Acknowledgement {
  const { status, body, error } = delivery;
  if (error) throw new ClientError(error, `${what} failed with the error "${error}"`);
  return { status, body, delivery };
}

/** Finds what is pressed: by action id, label or value. @throws {ClientError} */
export function actionOf(actions: readonly SeenAction[], wanted: string | SeenAction): SeenAction {
  const found = actions.find((action) =>
    typeof wanted === 'string'
      ? [action.actionId, action.label, action.value].includes(wanted)
      : action.actionId === wanted.actionId && action.blockId === wanted.blockId && action.value === wanted.value,
  );
  if (!found) throw new ClientError('no_such_action', `${JSON.stringify(wanted)} is not in ${JSON.stringify(actions)}`);
  return found;
}
