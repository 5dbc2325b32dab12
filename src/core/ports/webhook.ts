import type { IncomingHttpHeaders } from 'node:http';

/** An address that a platform posts to. It gets the bytes as they came, as signatures are over them. */
export interface Webhook {
  /** Whole, such as `/slack/events`; what follows a question mark is not looked at. */
  path: string;
  /** A larger body is answered with 413. */
  bodyBytesMax: number;
  /** Looked at before the body is read: a request that it does not admit is answered with 401. */
  admits?(headers: IncomingHttpHeaders): boolean;
  /** Checks what was posted, and does nothing of it yet. What it throws is answered like what `answer` rejects with. */
  read(body: Buffer, headers: IncomingHttpHeaders): Posted;
  /**
   * Does what was postponed, in this process or another; resolves when it has been answered. Done again where a
   * process died over it, and where it rejects.
   */
  resume(delivery: string): Promise<void>;
}

/** What the server knows of it. */
export type ServedWebhook = Omit<Webhook, 'resume'>;

export interface Posted {
  /** Does what was asked. What it rejects with is logged and answered with 503, so that the platform posts again. */
  answer(): Promise<WebhookAnswer>;
  /**
   * Acknowledges what was asked, to be done in its turn while more comes than a process can do at once. Missing where it cannot
   * wait, costs less than to wait, or is not from the platform.
   */
  postpone?(): Postponed;
}

export interface Postponed {
  answer: WebhookAnswer;
  /** What `resume` gets. */
  delivery: string;
}

export interface WebhookAnswer {
  status: number;
  /** With the content type of its body. */
  type?: string;
  body?: Buffer;
  /** Called once the answer is on its way, or will never be. */
  onSent?(): void;
}

/** What has its answer already. */
export function answeredWith(answer: WebhookAnswer): Posted {
  return { answer: async () => answer };
}

export function answerWith(status: number, type: string, text: string): WebhookAnswer {
  return { status, type: `${type}; charset=utf-8`, body: Buffer.from(text) };
}

export function answerJson(status: number, value: object): WebhookAnswer {
  return answerWith(status, 'application/json', JSON.stringify(value));
}
