import type { Key, TextValue } from '#src/i18n.ts';

type Reason = Extract<Key, `errors.http.${string}`> extends `errors.http.${infer R}` ? R : never;

/** A request that is answered with `{"error":{code,message}}`; the sentence is `errors.http.<reason>`. */
export class RequestRefused extends Error {
  readonly statusCode: number;
  readonly reason: Reason;
  readonly values: Record<string, TextValue>;

  constructor(statusCode: number, reason: Reason, values: Record<string, TextValue> = {}) {
    super(reason);
    this.name = 'RequestRefused';
    this.statusCode = statusCode;
    this.reason = reason;
    this.values = values;
  }
}
