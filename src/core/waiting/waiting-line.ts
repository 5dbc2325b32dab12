import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '#core/deps.ts';
import type { Posted, ServedWebhook, Webhook, WebhookAnswer } from '#core/ports/webhook.ts';
import { createTurns, type TurnLimits, turnLimits } from '#core/waiting/turns.ts';
import {
  type Delivery,
  type HeldDelivery,
  holdDeliveries,
  keepDeliveries,
  releaseDeliveries,
} from '#core/waiting/waiting-deliveries.ts';
import { within } from '#core/within.ts';

export interface LineLimits extends TurnLimits {
  /** Those that wait in the process for their turn; what comes then is written down. */
  waitingMax: number;
  /** How long they wait for it, in milliseconds; what has not begun by then is written down. */
  turnWithinMs: number;
  /** How often a process looks for what another one has left behind, in milliseconds. */
  lookEveryMs: number;
}

/** Discord and Slack wait for three seconds: half of them for an answer that has begun, the rest to begin it and for the way. */
const defaultLimits: LineLimits = {
  ...turnLimits,
  waitingMax: 3 * availableParallelism(),
  turnWithinMs: 500,
  lookEveryMs: 5_000,
};

/** Those that are written down; what comes then is done at once, or refused. */
const keptMax = 20_000;
/** What was begun from the line and is not done yet. */
const inHandMax = 100;
/** What is at hand when there is room, at least. What has been done is written down as often as more is taken. */
const aheadMin = 8;
/** A delivery at which processes die, or which they reject, so often is given up: after ten minutes. */
const attemptsMax = 40;
/** Until then it is tried to write a delivery down before it is done at once. */
const keepMaxMs = 500;
/** What has been done is written down by then, and what is under way is said to be. */
const tellEveryMs = 500;
/** What is under way has so long to end when the process does. */
const finishMaxMs = 5_000;

export interface WaitingLine {
  /** The same webhooks: what comes while there is no room is acknowledged, and done in its turn. */
  webhooks: ServedWebhook[];
  /** Begins with what waits, also from before this process. */
  start(): void;
  /** Finishes what is under way, and leaves the rest to others. */
  stop(): Promise<void>;
}

/**
 * Makes of a crowd a line: as many deliveries as this machine can do at once are answered directly, and the others once they
 * are written down, which costs an eighth of doing them. In the order in which they came; several processes share one line.
 */
export function createWaitingLine(
  deps: Pick<Deps, 'db' | 'log'>,
  webhooks: readonly Webhook[],
  limits = defaultLimits,
): WaitingLine {
  const turns = createTurns(limits);
  const byPath = new Map(webhooks.map((webhook) => [webhook.path, webhook]));
  const keep = createKeeper(deps);
  const inHand = new Set<string>();
  /** Of each that waits in the process for its turn, in order: what makes it wait no longer. */
  const queued = new Set<() => void>();
  let done: string[] = [];
  /** Written down by this process and not begun, as far as it knows. */
  let waiting = 0;
  /** Of them, those whose rows nobody can see yet. */
  let writing = 0;
  let keptInAll = 0;
  let wake = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;
  const stopping = new AbortController();

  async function answerInTurn(path: string, posted: Required<Posted>): Promise<WebhookAnswer> {
    const isRoom = waiting === 0 && turns.waiting() < limits.waitingMax;
    const answered = isRoom ? await answerDirectly(posted) : undefined;
    if (answered) return answered;
    const postponed = waiting < keptMax ? posted.postpone() : undefined;
    if (postponed && (await isKept({ path, delivery: postponed.delivery }))) return postponed.answer;
    return posted.answer();
  }

  /** Undefined where its turn does not come in time: it has not begun then, and will not. */
  function answerDirectly(posted: Posted): Promise<WebhookAnswer | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(leaveInOrder, limits.turnWithinMs);
      const leave = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
      queued.add(leave);
      const answer = async () => {
        if (!queued.delete(leave)) return undefined;
        clearTimeout(timer);
        try {
          return await posted.answer();
        } finally {
          if (waiting > 0) lookIfThereIsRoom();
        }
      };
      turns.run(answer).then(resolve, reject);
    });
  }

  /** The first has waited too long, and those behind it are not to be answered before it. */
  function leaveInOrder(): void {
    for (const leave of queued) leave();
    queued.clear();
  }

  async function isKept(delivery: Delivery): Promise<boolean> {
    waiting += 1;
    writing += 1;
    try {
      await within(keepMaxMs, keep(delivery));
      keptInAll += 1;
      lookIfThereIsRoom();
      return true;
    } catch (error) {
      waiting = Math.max(0, waiting - 1);
      deps.log.warn({ err: error }, 'a delivery could not be written down and is done at once');
      return false;
    } finally {
      writing -= 1;
    }
  }

  function lookIfThereIsRoom(): void {
    if (turns.waiting() <= turns.atOnce()) wake.resolve();
  }

  async function finish({ id, path, delivery, attempts }: HeldDelivery): Promise<void> {
    try {
      if (attempts <= attemptsMax) await turns.run(async () => byPath.get(path)?.resume(delivery));
      else deps.log.error({ path, attempts }, 'a delivery is given up: no process could do it');
      done.push(id);
    } catch (error) {
      deps.log.error({ err: error, path, attempts }, 'a delivery that waited could not be done; it is tried again');
    } finally {
      inHand.delete(id);
      lookIfThereIsRoom();
    }
  }

  /** Says what has been done, and begins what is next. */
  async function look(): Promise<void> {
    const atMost = Math.max(
      0,
      Math.min(Math.max(aheadMin, 2 * turns.atOnce()) - turns.waiting(), inHandMax - inHand.size),
    );
    const [told, keptBefore] = [done, keptInAll];
    done = [];
    try {
      const held = [...inHand];
      const next = await holdDeliveries(deps, { paths: [...byPath.keys()], done: told, held, atMost });
      const isAll = next.length < atMost && keptInAll === keptBefore;
      waiting = isAll ? writing : Math.max(0, waiting - next.length);
      for (const delivery of next) {
        inHand.add(delivery.id);
        void finish(delivery);
      }
    } catch (error) {
      done.push(...told);
      throw error;
    }
  }

  async function lookAgainAndAgain(): Promise<void> {
    while (!stopping.signal.aborted) {
      wake = Promise.withResolvers();
      await look().catch((error) => deps.log.warn({ err: error }, 'what waits could not be looked at'));
      const restMs = inHand.size + done.length > 0 ? tellEveryMs : limits.lookEveryMs;
      await Promise.race([wake.promise, sleep(restMs, undefined, { signal: stopping.signal }).catch(() => undefined)]);
    }
  }

  return {
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      read(...given) {
        const { answer, postpone } = webhook.read(...given);
        return postpone ? { answer: () => answerInTurn(webhook.path, { answer, postpone }) } : { answer };
      },
    })),
    start() {
      if (webhooks.length > 0) running = lookAgainAndAgain();
    },
    async stop() {
      if (!running) return;
      stopping.abort();
      await running;
      const giveUpAt = performance.now() + finishMaxMs;
      while (inHand.size > 0 && performance.now() < giveUpAt) await sleep(20);
      await releaseDeliveries(deps, { done, held: [...inHand] }).catch((error) =>
        deps.log.warn({ err: error }, 'what waits is free a while later'),
      );
    },
  };
}

/** Writes together what comes while something is being written. */
function createKeeper(deps: Pick<Deps, 'db'>): (delivery: Delivery) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: { deliveries: Delivery[]; written: Promise<void> } | undefined;
  return (delivery) => {
    if (!next) {
      const deliveries: Delivery[] = [];
      const write = () => {
        next = undefined;
        return keepDeliveries(deps, deliveries);
      };
      next = { deliveries, written: last.then(write, write) };
      last = next.written;
    }
    next.deliveries.push(delivery);
    return next.written;
  };
}
