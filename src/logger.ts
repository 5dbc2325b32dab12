import { pino } from 'pino';

export type Logger = Pick<import('pino').Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

const secrets = ['token', 'apiKey', 'password', 'secret', 'authorization', 'credential', 'replyToken', 'cookie'];

/** JSON lines on stdout; anything named like a secret is replaced, up to two levels deep, headers included. */
export function createLogger(level: string): Logger {
  const logger = pino({
    level,
    base: null,
    redact: {
      paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `err.headers.${name}`]),
      censor: '[redacted]',
    },
  });
  return withCheapChildren(() => logger);
}

/** A child is made when it first says something: most requests say little, and making one costs more than saying it. */
function withCheapChildren(make: () => Logger): Logger {
  let made: Logger | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  return {
    debug: (...args: Parameters<Logger['debug']>) => get().debug(...args),
    info: (...args: Parameters<Logger['info']>) => get().info(...args),
    warn: (...args: Parameters<Logger['warn']>) => get().warn(...args),
    error: (...args: Parameters<Logger['error']>) => get().error(...args),
    fatal: (...args: Parameters<Logger['fatal']>) => get().fatal(...args),
    child: (bindings) => withCheapChildren(() => get().child(bindings)),
  } as Logger;
}
