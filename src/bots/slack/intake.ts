import { randomUUID } from 'node:crypto';
import { privateMessage } from '#bots/private-message.ts';
import { buildForm, buildWordsForm, type FormPlace, optionsWithChoices } from '#bots/slack/form.ts';
import { lacksNames } from '#bots/slack/ids-to-name.ts';
import { type FormWanted, type Inbound, type Origin, readPayload, type Said } from '#bots/slack/inbound.ts';
import type { Teams } from '#bots/slack/teams.ts';
import { type Acknowledgement, createTurn, type Turn } from '#bots/slack/turn.ts';
import type { Say } from '#bots/slack/words.ts';
import type { ChatCore, CommandCall } from '#core/ports/chat.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { I18n } from '#src/i18n.ts';
import type { Logger } from '#src/logger.ts';

/** Slack gives up after three seconds: half for the core, the rest for the way. */
const deferAfterMsDefault = 1500;
/**
 * Deliveries that are remembered with their answers, the newest: events, as some messages come as several at once and
 * come again when they are late, and commands, as a connection may break before it has carried the answer. What is
 * older than that is known to the core.
 */
const recentMax = { commands: 200, others: 5000 };

export interface IntakeDeps {
  teams: Teams;
  say: Say;
  i18n: Pick<I18n, 'match'>;
  log: Logger;
  /** Undefined while the platform is stopped. */
  findCore(): ChatCore | undefined;
  /** Slack says that somebody's standing has changed, or that user groups have. */
  peopleChanged(workspace: string, user: string | undefined): void;
  /** The app was removed from a workspace, as Slack says; where it rejects, Slack has to say so again. */
  removed(workspace: string): Promise<void>;
}

/** Takes payloads in, of either way. */
export interface Intake {
  /**
   * Resolves to what the acknowledgement carries, once what was said cannot be lost; `closed` when nothing is taken in.
   * `unnamed` is what the payload says by itself.
   */
  take(payload: unknown, unnamed: Inbound | undefined): Promise<Acknowledgement | 'closed'>;
  /** Answers what was acknowledged before, without the acknowledgement. Rejects when nothing is taken in. */
  resume(payload: unknown): Promise<void>;
  /** Resolves when everything that was taken in has been answered. */
  settled(): Promise<void>;
}

export function createIntake(deps: IntakeDeps, { deferAfterMs = deferAfterMsDefault } = {}): Intake {
  const recent = {
    commands: new Map<string, Promise<Acknowledgement>>(),
    others: new Map<string, Promise<Acknowledgement>>(),
  };
  const running = new Set<Promise<void>>();
  const { teams, say, i18n } = deps;
  const teamOf = ({ workspace }: Origin) => teams.of(workspace.platformId);

  async function readNamed(payload: unknown, unnamed: Inbound | undefined): Promise<Inbound | undefined> {
    if (!unnamed || !('origin' in unnamed)) return unnamed;
    return readPayload(payload, await teamOf(unnamed.origin).senders.namesIn(payload));
  }

  async function answer(core: ChatCore, said: Said, requestId: string, turn: Turn, log: Logger): Promise<void> {
    const { sender, ...where } = await teamOf(said.origin).senders.senderOf(said.origin);
    const call: CommandCall = {
      ...sender,
      ...where,
      deliveryKey: said.deliveryKey,
      requestId,
      text: said.text,
      ...(said.bare ? { bare: true } : {}),
      ...(said.repliesTo ? { repliesTo: said.repliesTo } : {}),
      ...(said.mentions ? { mentions: said.mentions } : {}),
      files: said.files.map((file) => teams.mark(file, said.origin.workspace.platformId)),
    };
    const reply = await core.onCall(call);
    const opened = reply.kind === 'message' && (await openWordsForm(said, reply.message, log));
    if (opened) turn.acknowledge();
    else await teamOf(said.origin).answers.show(core, said, call, reply, turn, log);
    core.onAnswered(call);
  }

  /** False where there is no form, or no time left for one: the message says the same in words. */
  async function openWordsForm(said: Said, message: OutgoingMessage, log: Logger): Promise<boolean> {
    if (!message.form || said.trigger === undefined) return false;
    const place = placeOf(said);
    const view = buildWordsForm({ place, form: message.form, say: (text) => say(text, message) });
    if (!view) return false;
    try {
      await teamOf(said.origin).client.call('views.open', { trigger_id: said.trigger, view });
      return true;
    } catch (error) {
      log.warn({ err: error }, 'a form could not be opened; its message says the same');
      return false;
    }
  }

  async function openForm(
    core: ChatCore,
    wanted: FormWanted,
    requestId: string,
    turn: Turn,
    log: Logger,
  ): Promise<void> {
    turn.acknowledge();
    const { origin, responseUrl, privateThread, deliveryKey } = wanted;
    try {
      const { sender } = await teamOf(origin).senders.senderOf(origin);
      const names = optionsWithChoices();
      const [reader, ...found] = await Promise.all([
        core.readerOf(sender),
        ...names.map((name) => core.complete(sender, `/imagine --${name} `)),
      ]);
      const choices = new Map(names.map((name, index) => [name, (found[index] ?? []).map(({ value }) => value)]));
      const view = buildForm({
        place: placeOf(wanted),
        prompt: wanted.prompt,
        ...(wanted.shown ? { shown: wanted.shown } : {}),
        choices,
        say: (text) => say(text, reader),
      });
      await teamOf(origin).client.call('views.open', { trigger_id: wanted.trigger, view });
    } catch (error) {
      log.warn({ err: error }, 'the form could not be opened; the command is answered in words');
      const said: Said = {
        ...{ kind: 'said', by: 'command', origin, deliveryKey, text: '/imagine', files: [], responseUrl },
        ...(privateThread === undefined ? {} : { privateThread }),
      };
      await answer(core, said, requestId, turn, log);
    }
  }

  /** Tells the person that something of ours broke, when nothing else did. */
  async function apologize(about: Said | FormWanted, requestId: string, turn: Turn, log: Logger): Promise<void> {
    const { accounts, answers } = teamOf(about.origin);
    const { locale } = await accounts.find(about.origin.user);
    const reader = { locale: i18n.match(locale) ?? 'en', timeZone: 'UTC' };
    const part = privateMessage(reader, { key: 'errors.bug', values: { reference: requestId } }, 'error');
    turn.acknowledge();
    await answers.whisper(
      about.kind === 'said' ? about : { ...about, kind: 'said', by: 'command', text: '', files: [] },
      part,
      log,
    );
  }

  async function handle(core: ChatCore, inbound: Said | FormWanted, turn: Turn): Promise<void> {
    const requestId = randomUUID();
    const log = deps.log.child({ requestId, platform: 'slack' });
    try {
      if (inbound.kind === 'said') await answer(core, inbound, requestId, turn, log);
      else await openForm(core, inbound, requestId, turn, log);
    } catch (error) {
      log.error({ err: error }, 'a command could not be answered');
      await apologize(inbound, requestId, turn, log).catch((again) =>
        log.warn({ err: again }, 'nor could this be told'),
      );
    }
  }

  const read = (payload: unknown, unnamed: Inbound | undefined) =>
    lacksNames(payload) ? readNamed(payload, unnamed) : unnamed;

  function begin(core: ChatCore, inbound: Said | FormWanted, turn: Turn): Promise<void> {
    const kind = recentKind(inbound);
    remember(recent[kind], inbound.deliveryKey, turn.acknowledged, recentMax[kind]);
    const work = handle(core, inbound, turn).finally(() => running.delete(work));
    running.add(work);
    return work;
  }

  return {
    async take(payload, unnamed) {
      const core = deps.findCore();
      if (!core) return 'closed';
      const inbound = await read(payload, unnamed);
      if (!inbound) return undefined;
      if (inbound.kind === 'challenge') return inbound.challenge;
      if (inbound.kind === 'people changed') {
        deps.peopleChanged(inbound.workspace, inbound.user);
        return undefined;
      }
      if (inbound.kind === 'removed') {
        await deps.removed(inbound.workspace);
        return undefined;
      }
      if (inbound.kind === 'limited') {
        deps.log.warn('Slack sends no more events for a minute: more than 30,000 came in an hour');
        return undefined;
      }
      const known = recent[recentKind(inbound)].get(inbound.deliveryKey);
      if (known) return known;
      // An event that is not acknowledged comes again, so it is never acknowledged before it is safe.
      const turn = createTurn(inbound.kind === 'said' && inbound.by === 'message' ? undefined : deferAfterMs);
      void begin(core, inbound, turn);
      return turn.acknowledged;
    },
    async resume(payload) {
      const core = deps.findCore();
      if (!core) throw new Error('Slack is stopped');
      const inbound = await read(payload, readPayload(payload));
      if (inbound?.kind !== 'said' || recent[recentKind(inbound)].has(inbound.deliveryKey)) return;
      const { trigger: _, ...said } = inbound;
      const turn = createTurn(undefined);
      turn.acknowledge();
      await begin(core, said, turn);
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Where what a form makes goes. */
function placeOf({ origin, responseUrl, privateThread }: Said | FormWanted): FormPlace {
  const { channel, thread } = origin;
  return {
    channel,
    ...(thread === undefined ? {} : { thread }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
    ...(privateThread === undefined ? {} : { privateThread }),
  };
}

function recentKind(inbound: Said | FormWanted): 'commands' | 'others' {
  return inbound.kind === 'said' && inbound.by === 'command' ? 'commands' : 'others';
}

/** The oldest makes room. */
function remember<T>(recent: Map<string, T>, key: string, value: T, max: number): void {
  recent.set(key, value);
  if (recent.size <= max) return;
  const [oldest] = recent.keys();
  if (oldest !== undefined) recent.delete(oldest);
}
