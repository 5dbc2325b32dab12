import { isJson } from '#tests/servers/telegram-arguments.ts';
import { ApiRefusal } from '#tests/servers/telegram-faults.ts';
import { parseJson } from '#tests/servers/telegram-requests.ts';
import type { Json } from '#tests/servers/telegram-world.ts';

/** One hand-over of an update. */
export interface Delivery {
  updateId: number;
  /** Which field the update has, such as `message`. */
  type: string;
  update: Json;
  way: 'polling' | 'webhook';
  /** Counts from 1. */
  attempt: number;
  at: number;
  /** What the webhook answered; 200 for a poll, 0 without an answer. */
  status: number;
}

export interface Webhook {
  url: string;
  secretToken?: string;
  maxConnections: number;
  lastError?: { date: number; message: string };
}

interface Pending {
  update: Json;
  id: number;
  type: string;
  /** Updates with the same key reach a webhook one after the other. */
  queue: string;
  attempts: number;
  dueAt: number;
  at: number;
}

export interface UpdateOptions {
  now(): number;
  retryDelayMs: number;
  webhookTimeoutMs: number;
  /** Carries out a call that a webhook's answer holds. */
  reply(method: string, params: Json): Promise<void>;
  changed(): void;
}

/** Sent only to bots that ask for them by name (core.telegram.org/bots/api#getupdates). */
const onRequestOnly = ['chat_member', 'message_reaction', 'message_reaction_count'];
/** "Incoming updates are stored on the server until the bot receives them, but not longer than 24 hours." */
const keptMs = 24 * 3600 * 1000;
const conflict = (text: string) => new ApiRefusal(409, `Conflict: ${text}`);

/** Keeps updates until the bot takes them, by long polling or by webhook. */
export function createUpdates({ now, retryDelayMs, webhookTimeoutMs, reply, changed }: UpdateOptions) {
  const deliveries: Delivery[] = [];
  const closing = new AbortController();
  let pending: Pending[] = [];
  let again: Pending[] = [];
  let allowed: string[] = [];
  let nextId = 700_000_001;
  let webhook: Webhook | undefined;
  let waiting: { wake(refusal?: ApiRefusal): void } | undefined;
  const busyQueues = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function push(type: string, payload: Json, queue: string): void {
    const wanted = allowed.length > 0 ? allowed.includes(type) : !onRequestOnly.includes(type);
    if (!wanted) return;
    const id = nextId;
    nextId += 1;
    pending.push({ update: { update_id: id, [type]: payload }, id, type, queue, attempts: 0, dueAt: 0, at: now() });
    waiting?.wake();
    pump();
  }

  function expire(): void {
    pending = pending.filter(({ at }) => at > now() - keptMs);
  }

  function handedOver(item: Pending, way: Delivery['way']): Delivery {
    item.attempts += 1;
    const { id, type, update, attempts } = item;
    const delivery = {
      updateId: id,
      type,
      update,
      way,
      attempt: attempts,
      at: now(),
      status: way === 'polling' ? 200 : 0,
    };
    deliveries.push(delivery);
    return delivery;
  }

  async function poll(options: {
    offset?: number;
    limit: number;
    timeoutMs: number;
    allowed?: string[];
    signal: AbortSignal;
  }) {
    if (webhook) {
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    }
    waiting?.wake(conflict('terminated by other getUpdates request; make sure that only one bot instance is running'));
    if (options.allowed) allowed = options.allowed;
    const { offset = 0 } = options;
    expire();
    pending = offset < 0 ? pending.slice(offset) : pending.filter(({ id }) => id >= offset);
    changed();
    if (pending.length === 0 && again.length === 0 && options.timeoutMs > 0)
      await wait(options.timeoutMs, options.signal);
    if (options.signal.aborted) return [];
    const batch = [...again, ...pending].slice(0, options.limit);
    again = again.filter((item) => !batch.includes(item));
    for (const item of batch) handedOver(item, 'polling');
    return batch.map(({ update }) => update);
  }

  function wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const own = {
        wake(refusal?: ApiRefusal) {
          clearTimeout(timeout);
          signal.removeEventListener('abort', leave);
          if (waiting === own) waiting = undefined;
          if (refusal) reject(refusal);
          else resolve();
        },
      };
      const leave = () => own.wake();
      const timeout = setTimeout(leave, timeoutMs);
      signal.addEventListener('abort', leave);
      waiting = own;
    });
  }

  /** Posts what is due, a queue at a time and no more at once than the bot allowed. */
  function pump(): void {
    if (!webhook || closing.signal.aborted) return;
    clearTimeout(timer);
    expire();
    const blocked = new Set(busyQueues);
    let nextDue = Number.POSITIVE_INFINITY;
    for (const item of pending) {
      if (busyQueues.size >= webhook.maxConnections) return;
      if (blocked.has(item.queue)) continue;
      blocked.add(item.queue);
      if (item.dueAt > now()) nextDue = Math.min(nextDue, item.dueAt);
      else void deliver(item, webhook);
    }
    if (nextDue < Number.POSITIVE_INFINITY) timer = setTimeout(pump, Math.max(0, nextDue - now()));
  }

  async function deliver(item: Pending, target: Webhook): Promise<void> {
    busyQueues.add(item.queue);
    const delivery = await post(item, target);
    busyQueues.delete(item.queue);
    if (delivery.status >= 200 && delivery.status < 300) pending = pending.filter((other) => other !== item);
    else item.dueAt = now() + retryDelayMs * 2 ** Math.min(item.attempts - 1, 6);
    changed();
    pump();
  }

  async function post(item: Pending, target: Webhook): Promise<Delivery> {
    const delivery = handedOver(item, 'webhook');
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (target.secretToken) headers['x-telegram-bot-api-secret-token'] = target.secretToken;
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(webhookTimeoutMs)]);
      const response = await fetch(target.url, {
        method: 'POST',
        headers,
        body: JSON.stringify(item.update),
        signal,
        redirect: 'manual',
      });
      const answer = await response.text();
      delivery.status = response.status;
      if (response.ok) await carryOut(answer);
      else target.lastError = failure(`Wrong response from the webhook: ${response.status} ${response.statusText}`);
    } catch (error) {
      target.lastError = failure(
        error instanceof Error && error.name === 'TimeoutError' ? 'Read timeout expired' : 'Connection refused',
      );
    }
    return delivery;
  }

  const failure = (message: string) => ({ date: Math.floor(now() / 1000), message });

  async function carryOut(answer: string): Promise<void> {
    const call = parseJson(answer);
    if (!isJson(call)) return;
    const { method, ...params } = call;
    if (typeof method === 'string') await reply(method, params);
  }

  return {
    deliveries,
    push,
    poll,
    pump,
    get pending() {
      return pending.length;
    },
    get webhook() {
      return webhook;
    },
    get allowed() {
      return allowed;
    },
    setWebhook(next: Webhook | undefined, options: { allowed?: string[] | undefined; drop?: boolean } = {}): void {
      webhook = next;
      if (options.allowed) allowed = options.allowed;
      if (options.drop) pending = [];
      for (const item of pending) item.dueAt = 0;
      if (next) waiting?.wake(conflict('terminated by setWebhook request'));
      changed();
      pump();
    },
    async redeliver(which = deliveries.at(-1)): Promise<Delivery> {
      if (!which) throw new Error('no update was handed over yet');
      const earlier = deliveries.filter(({ updateId }) => updateId === which.updateId).length;
      const item = {
        update: which.update,
        id: which.updateId,
        type: which.type,
        queue: '',
        attempts: earlier,
        dueAt: 0,
        at: now(),
      };
      if (webhook) return await post(item, webhook);
      again.push(item);
      waiting?.wake();
      return { ...which, attempt: earlier + 1, at: now() };
    },
    close(): void {
      closing.abort();
      clearTimeout(timer);
      waiting?.wake();
    },
  };
}

export type Updates = ReturnType<typeof createUpdates>;
