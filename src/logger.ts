import { pino } from 'pino';

export type Logger = Pick<import('pino').Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

const secrets = ['token', 'apiKey', 'password', 'secret', 'authorization', 'credential', 'replyToken', 'cookie'];

/** JSON lines on stdout; anything named like a secret is replaced, up to two levels deep, headers included. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    redact: {
      paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `err.headers.${name}`]),
      censor: '[redacted]',
    },
  });
}
