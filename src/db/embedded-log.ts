import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The part of a logger that the embedded PostgreSQL needs. */
export type EmbeddedLog = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** Written before each line, so that an error can be told by its SQLSTATE; a setting of the server. */
export const logLinePrefix = '%e ';

type ServerLine = { sqlstate: string; severity: string; text: string };

/** Reads one line of the server's log; undefined for details, statements and continuation lines, which may hold user data. */
export function parseServerLine(line: string): ServerLine | undefined {
  const match = /^([0-9A-Z]{5}) (LOG|WARNING|ERROR|FATAL|PANIC): {2}(.*)$/.exec(line);
  if (!match) return undefined;
  const [, sqlstate = '', severity = '', text = ''] = match;
  return { sqlstate, severity, text };
}

/**
 * Whether an operator has to know. A failed statement is its sender's business, unless the machine is to blame:
 * classes 53 (resources), 58 (system) and XX (internal). 57P01 and 57P03 are ordinary at stop and start.
 */
export function isServerProblem({ sqlstate, severity }: ServerLine): boolean {
  if (severity === 'LOG' || sqlstate === '57P01' || sqlstate === '57P03') return false;
  return severity !== 'ERROR' || /^(53|58|XX)/.test(sqlstate);
}

/** Passes problems to `log`, each line to `onLine`, and remembers what `lastWords` should say if the server dies. */
export function followServerLog(stderr: Readable, log: EmbeddedLog, onLine: (line: string) => void): () => string {
  let last = '';
  let fatal = '';
  createInterface({ input: stderr }).on('line', (line) => {
    const parsed = parseServerLine(line);
    last = parsed?.text ?? last;
    if (parsed?.severity === 'FATAL' || parsed?.severity === 'PANIC') fatal = parsed.text;
    if (!parsed && last === '') last = line;
    if (parsed && isServerProblem(parsed)) log.warn({ sqlstate: parsed.sqlstate }, `PostgreSQL: ${parsed.text}`);
    onLine(line);
  });
  return () => fatal || last;
}
