import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a terminal or a process manager sends to end a program. */
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Goes on as another program: in place where Node can do that, else as its parent that passes signals down and the
 * exit code up.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function replaceProcess(program, args, env) {
  if (process.execve && process.platform !== 'win32') process.execve(program, [program, ...args], env);
  else runAsChild(program, args, env);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function runAsChild(program, args, env) {
  // A parent that is killed cannot pass anything down, but the kernel can.
  const guard = findInPath('setpriv', env.PATH) ? ['setpriv', '--pdeathsig', 'TERM'] : [];
  const [command, ...rest] = [...guard, program, ...args];
  const child = spawn(command, rest, { stdio: 'inherit', env });
  const forward = (signal) => child.kill(signal);
  for (const signal of forwardedSignals) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`${program} does not start here (${error.message}): install Node 24, then try again.`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of forwardedSignals) process.off(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

function findInPath(name, path = '') {
  return process.platform === 'linux' && path.split(delimiter).some((folder) => existsSync(join(folder, name)));
}
