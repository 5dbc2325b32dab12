import { StartupError } from './startup-error.ts';

/** Errors of sockets and of postgres.js that mean: nobody answers there. */
const unreachable = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT'],
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED'],
]);

/**
 * Why a database did not take us, as one sentence for the operator, who alone can mend it; undefined for anything else.
 * Names host, user and database of `url`, never its password.
 */
export function explainRefusal(error: unknown, url: string): StartupError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { host, username, pathname } = new URL(url);
  const say = (sentence: string) => new StartupError(`DATABASE_URL: ${sentence}`, { cause: error });
  if (unreachable.has(code))
    return say(`no PostgreSQL answers at ${host} (${code}). Start it, or correct the address.`);
  switch (code) {
    case '28P01':
    case '28000':
      return say(`${host} does not let the user ${username} in. Correct the user name or the password.`);
    case '3D000':
      return say(`there is no database ${pathname.slice(1)} at ${host}. Create it, or correct the name.`);
    case '42501':
      return say(
        `the user ${username} may not set the database up. Give it CREATEROLE and the right to create in its database.`,
      );
    case '53300':
      return say(`${host} has no connection left. Raise its max_connections, or end what holds them.`);
    default:
      return undefined;
  }
}
