import type { ApiRequest } from '#bots/discord/api.ts';
import { askCore, type CoreAnswer, directNotice } from '#bots/discord/ask-core.ts';
import { attachPictures } from '#bots/discord/attach-pictures.ts';
import { messageRefOf } from '#bots/discord/conversation.ts';
import { codeOf, errorCode } from '#bots/discord/delivery-error.ts';
import type { DiscordDeps } from '#bots/discord/deps.ts';
import type { DiscordInteraction } from '#bots/discord/inbound.ts';
import { limits } from '#bots/discord/limits.ts';
import { markerOf } from '#bots/discord/message-marker.ts';
import { modalOf } from '#bots/discord/modal.ts';
import { messageBody } from '#bots/discord/outbound.ts';
import type { PostedMessage } from '#bots/discord/post-message.ts';
import { messageFlag, responseType } from '#bots/discord/protocol.ts';
import { sendDirectly } from '#bots/discord/send-directly.ts';
import { createTokenCalls } from '#bots/discord/token-calls.ts';
import { uploadsOf } from '#bots/discord/uploads.ts';
import { bugMessage } from '#bots/private-message.ts';
import { settledWithin } from '#bots/settled-within.ts';
import { commands } from '#core/commands/index.ts';
import type { ChatCore, ChatPlatform } from '#core/ports/chat.ts';
import type { OutgoingMessage, OutgoingPart } from '#core/ports/message.ts';

/** The one answer that Discord waits 3 s for. */
export interface ImmediateAnswer {
  type: number;
  data?: object;
}

/**
 * Gives the immediate answer; resolves once Discord has it, to the message it made where the way in tells.
 * @throws {DeliveryError}
 */
export type Acknowledge = (answer: ImmediateAnswer) => Promise<PostedMessage | undefined>;

export interface AnswerDeps extends DiscordDeps {
  platform: Pick<ChatPlatform, 'split' | 'send'>;
  /** How long the core may take before people see that it is at work. */
  deferAfterMs: number;
  /** Whether an interaction has come before; remembers it. */
  isRepeat: (interactionId: string) => boolean;
  signal: AbortSignal;
}

export type Asked = Extract<DiscordInteraction, { kind: 'command' | 'button' | 'form' }>;

/** Says that it is at work, to those who see the answer of the command when all goes well. */
export function deferralOf({ command, said }: Asked): { answer: ImmediateAnswer; asPrivate: boolean } {
  const audience = commands.find(({ name }) => name === command)?.audience ?? 'private';
  const asPrivate = audience === 'private' || !said.place.canPost;
  return { answer: deferral(asPrivate), asPrivate };
}

function deferral(asPrivate: boolean): ImmediateAnswer {
  return { type: responseType.deferredMessage, data: { flags: asPrivate ? messageFlag.ephemeral : 0 } };
}

/**
 * Runs a command, button or form and shows the answer: at once, or after a deferral, which may have been given before.
 * Never rejects, never leaves it open.
 */
export async function answerInteraction(
  deps: AnswerDeps,
  core: ChatCore,
  interaction: Asked,
  acknowledge: Acknowledge | 'deferred',
): Promise<void> {
  const log = deps.log.child({ interaction: interaction.id });
  const { canPost } = interaction.said.place;
  const token = createTokenCalls(deps.api, interaction, deps.signal);
  const isPrivate = (audience: OutgoingMessage['audience']) => audience === 'private' || !canPost;
  const isRepeat = deps.isRepeat(interaction.id);
  let acknowledged = acknowledge === 'deferred';
  /** Nothing where it was given before. */
  const answerNow: Acknowledge = async (answer) => {
    acknowledged = true;
    return acknowledge === 'deferred' ? undefined : acknowledge(answer);
  };
  const defer = (asPrivate: boolean) => answerNow(deferral(asPrivate));

  async function run(): Promise<void> {
    const asked = askCore(deps, core, interaction.said);
    if (!acknowledged && (await settledWithin(asked, deps.deferAfterMs))) {
      const inTime = await asked;
      return guard(inTime, () => showNow(inTime));
    }
    const { answer: atWork, asPrivate } = deferralOf(interaction);
    await answerNow(atWork).catch((error: unknown) => {
      log.warn({ err: error }, 'a command could not be deferred');
    });
    const answer = await asked;
    return guard(answer, () => showLater(answer, asPrivate));
  }

  async function showNow(answer: CoreAnswer): Promise<void> {
    const { message, postingId } = answer;
    if (!message) return showNothing();
    // Only the first answer can be a form, and none to a form.
    const modal = interaction.kind === 'form' ? undefined : modalOf(deps.i18n, message);
    if (modal) {
      await answerNow({ type: responseType.modal, data: modal });
      return;
    }
    if (isForDirect(answer)) {
      await answerNow(asMessage(directNotice(message), true));
      return sendCardDirectly(answer);
    }
    const asPrivate = isPrivate(message.audience);
    if (message.images.length > 0) {
      // Pictures take a while to read and upload.
      await defer(asPrivate);
      return showLater(answer, asPrivate);
    }
    const [first = message, ...rest] = partsOf(answer, message);
    const posted = await answerNow(asMessage(first, asPrivate, postingId));
    await reportSent(answer, posted);
    await showRest(rest, asPrivate);
  }

  async function showLater(answer: CoreAnswer, deferredPrivately: boolean): Promise<void> {
    const { message, postingId } = answer;
    if (!message) return removeOriginal();
    if (isForDirect(answer)) {
      await token.editOriginal({ body: messageBody(deps.i18n, directNotice(message), noPictures) });
      return sendCardDirectly(answer);
    }
    const asPrivate = isPrivate(message.audience);
    const [first = message, ...rest] = partsOf(answer, message);
    const posted =
      asPrivate === deferredPrivately
        ? await token.editOriginal(await asUpload(first, false, postingId))
        : await replaceOriginal(first, asPrivate, postingId);
    await reportSent(answer, posted);
    await showRest(rest, asPrivate);
  }

  /** Who sees a deferred answer cannot be changed any more. */
  async function replaceOriginal(part: OutgoingPart, asPrivate: boolean, postingId: string | undefined) {
    await token.deleteOriginal();
    return token.followUp(await asUpload(part, asPrivate, postingId));
  }

  async function showNothing(): Promise<void> {
    if (interaction.kind === 'button') {
      await answerNow({ type: responseType.deferredUpdate });
      return;
    }
    // A command has to be answered with something; what nobody is to see is taken away again.
    await defer(true);
    await removeOriginal();
  }

  /** Of an interaction that came twice, the answer that is shown belongs to the first. */
  async function removeOriginal(): Promise<void> {
    if (isRepeat) return;
    const { flags = 0 } = await token.original();
    if ((flags & messageFlag.loading) !== 0) await token.deleteOriginal();
  }

  async function showRest(parts: readonly OutgoingPart[], asPrivate: boolean): Promise<void> {
    for (const part of parts) await token.followUp(await asUpload(part, asPrivate));
  }

  function isForDirect({ postingId }: CoreAnswer): boolean {
    return postingId !== undefined && !canPost;
  }

  /** A card is one message; what does not fit is told by what follows it. */
  function partsOf({ call, postingId }: CoreAnswer, message: OutgoingMessage): OutgoingPart[] {
    const parts = deps.platform.split(message, call?.channel.limits ?? limits);
    return postingId === undefined ? parts : parts.slice(0, 1);
  }

  function asMessage(part: OutgoingPart, asPrivate: boolean, postingId?: string): ImmediateAnswer {
    const marker = markerFor(postingId);
    const body = messageBody(deps.i18n, part, { ...noPictures, marker });
    return { type: responseType.message, data: { ...body, flags: flagsOf(asPrivate) } };
  }

  async function asUpload(
    part: OutgoingPart,
    asPrivate: boolean,
    postingId?: string,
  ): Promise<Pick<ApiRequest, 'body' | 'files'>> {
    const fileBytesMax = interaction.said.place.fileBytesMax ?? limits.fileBytesMax;
    const { pictures, leftOut } = await attachPictures(deps, part, part.images, fileBytesMax);
    const body = messageBody(deps.i18n, part, { pictures, leftOut, marker: markerFor(postingId) });
    const { attachments, files } = uploadsOf(deps.i18n, part, pictures);
    return { body: { ...body, attachments, flags: flagsOf(asPrivate) }, files };
  }

  async function reportSent({ postingId }: CoreAnswer, posted: PostedMessage | undefined): Promise<void> {
    if (postingId === undefined) return;
    await core.onSent(postingId, messageRefOf(posted ?? (await token.original())));
  }

  async function sendCardDirectly({ call, message, postingId }: CoreAnswer): Promise<void> {
    if (!call || !message || postingId === undefined) return;
    const ref = await sendDirectly(deps, call, message, `posting-${postingId}`);
    await core.onSent(postingId, ref);
  }

  /** What cannot be shown is told once; a card is owed by the core, and a private answer finds another way. */
  async function guard(answer: CoreAnswer, show: () => Promise<void>): Promise<void> {
    try {
      await show();
      if (answer.call) core.onAnswered(answer.call);
    } catch (error) {
      if (codeOf(error) === errorCode.alreadyAcknowledged) return log.debug('an interaction that came twice');
      if (!acknowledged) throw error;
      log.warn({ err: error }, 'an answer could not be shown');
      if (deps.signal.aborted || answer.postingId !== undefined || !answer.call || !answer.message) return;
      await sendDirectly(deps, answer.call, answer.message, `reply-${answer.call.deliveryKey}`);
      core.onAnswered(answer.call);
    }
  }

  try {
    await run();
  } catch (error) {
    log.error({ err: error }, 'an interaction could not be answered');
    if (acknowledged) return;
    const told = bugMessage(deps.i18n, interaction.said.locale, interaction.id);
    await answerNow(asMessage(told, true)).catch((again) => log.warn({ err: again }, 'nor could this be told'));
  }
}

const noPictures = { pictures: [], leftOut: [] };

function flagsOf(asPrivate: boolean): number {
  return messageFlag.componentsV2 | (asPrivate ? messageFlag.ephemeral : 0);
}

function markerFor(postingId: string | undefined): number | undefined {
  return postingId === undefined ? undefined : markerOf(`posting-${postingId}`).componentId;
}
