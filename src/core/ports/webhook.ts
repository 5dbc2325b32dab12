import type { IncomingHttpHeaders } from 'node:http';

/** An address that a platform posts to. It gets the bytes as they came, as signatures are over them. */
export interface Webhook {
  /** Whole, such as `/slack/events`; what follows a question mark is not looked at. */
  path: string;
  /** A larger body is answered with 413. */
  bodyBytesMax: number;
  /** Looked at before the body is read: a request that it does not admit is answered with 401. */
  admits?(headers: IncomingHttpHeaders): boolean;
  /** What it throws is logged and answered with 503, so that the platform posts again. */
  handle(body: Buffer, headers: IncomingHttpHeaders): Promise<WebhookAnswer>;
  /** What may be posted while more comes than a process can do at once. */
  later: {
    /**
     * Answers what can wait, and tells what is kept of it until its turn; undefined for what cannot wait, costs less than to
     * wait, or is not from the platform, which is `handle`'s.
     */
    postpone(body: Buffer, headers: IncomingHttpHeaders): Postponed | undefined;
    /**
     * Does what was postponed, in this process or another; resolves when it has been answered. Done again where a
     * process died over it, and where it rejects.
     */
    resume(delivery: string): Promise<void>;
  };
}

/** What the server knows of it. */
export type ServedWebhook = Omit<Webhook, 'later'>;

export interface Postponed {
  answer: WebhookAnswer;
  delivery: string;
}

export interface WebhookAnswer {
  status: number;
  /** With the content type of its body. */
  type?: string;
  /** One character a byte (latin1): as such, Node sends it with its head in one piece. */
  body?: string;
  /** Called once the answer is on its way, or will never be. */
  onSent?(): void;
}

export function answerWith(status: number, type: string, text: string): WebhookAnswer {
  return { status, type: `${type}; charset=utf-8`, body: Buffer.from(text).toString('latin1') };
}

export function answerJson(status: number, value: object): WebhookAnswer {
  return answerWith(status, 'application/json', JSON.stringify(value));
}
