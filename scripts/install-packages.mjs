import { execFile, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BootstrapError, InterruptedError } from './bootstrap-error.mjs';

const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs `npm ci` without install scripts; once more when the first met another install's leftovers.
 * Throws BootstrapError with npm's own words, without the address of the registry, and InterruptedError after a signal.
 * @param {string} root the project's folder
 * @param {{ dev: boolean, onSpawn: (pid: number) => void }} options
 */
export async function installPackages(root, { dev, onSpawn }) {
  const npm = { ...findNpm(process.env), cwd: root, env: cleanEnv(process.env) };
  const ci = [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    dev ? '--include=dev' : '--omit=dev',
  ];
  let result = await runNpm(npm, ci, onSpawn);
  if (result.code !== 0 && result.stderr.includes('ENOTEMPTY')) result = await runNpm(npm, ci, onSpawn);
  if (result.code === 0) return;
  const registry = await readRegistry(npm);
  throw new BootstrapError(
    `${hideRegistry(result.stderr, registry)}\nnpm could not install the locked packages: mend what it says above, then try again.`,
  );
}

/**
 * The npm that runs us, else the one in PATH.
 * @param {NodeJS.ProcessEnv} env
 */
export function findNpm(env, execPath = process.execPath) {
  const running = env.npm_execpath;
  if (running?.endsWith('npm-cli.js')) return { command: execPath, prefix: [running], shell: false };
  return { command: 'npm', prefix: [], shell: process.platform === 'win32' };
}

/**
 * An npm inside npm takes the outer one's options for its own, and node_modules/.bin goes away while it runs.
 * @param {NodeJS.ProcessEnv} env
 */
export function cleanEnv(env) {
  const kept = Object.entries(env).filter(([name]) => !/^npm_/i.test(name));
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith(join('node_modules', '.bin')));
  return { ...Object.fromEntries(kept), ...(env.PATH === undefined ? {} : { PATH: path.join(delimiter) }) };
}

/**
 * @param {string} words what npm said
 * @param {string} registry its address, '' when unknown
 */
export function hideRegistry(words, registry) {
  const host = URL.canParse(registry) ? new URL(registry).hostname : '';
  const withoutUrls = words.replaceAll(/https?:\/\/[^\s"'),]+/g, '<registry>');
  return (host ? withoutUrls.replaceAll(host, '<registry>') : withoutUrls).trim();
}

function runNpm({ command, prefix, shell, cwd, env }, args, onSpawn) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...prefix, ...args], { cwd, env, shell, stdio: ['ignore', 'ignore', 'pipe'] });
    if (child.pid !== undefined) onSpawn(child.pid);
    let stopSignal;
    const stop = (signal) => {
      stopSignal = signal;
      child.kill(signal);
    };
    for (const signal of forwardedSignals) process.on(signal, stop);
    const stderr = text(child.stderr);
    child.on('error', () => reject(new BootstrapError('npm is not in PATH: install it with Node, then try again.')));
    child.on('close', async (code) => {
      for (const signal of forwardedSignals) process.off(signal, stop);
      if (stopSignal) reject(new InterruptedError(stopSignal));
      else resolve({ code, stderr: await stderr });
    });
  });
}

function readRegistry({ command, prefix, shell, cwd, env }) {
  return new Promise((resolve) => {
    execFile(command, [...prefix, 'config', 'get', 'registry'], { cwd, env, shell }, (_error, stdout) =>
      resolve(stdout.trim()),
    );
  });
}
