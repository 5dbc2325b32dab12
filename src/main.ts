import { StartupError } from '#db/startup-error.ts';
import { startApp } from '#src/app.ts';
import { loadConfig } from '#src/config.ts';
import { createLogger } from '#src/logger.ts';

/** A stop that takes longer is cut short; container platforms kill after ten seconds. */
const stopMaxMs = 9_500;
const ready = 'Easel is ready:';

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger(config.logLevel);
  const stopping = Promise.withResolvers<string>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.resolve(signal));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left to fail'));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'stopping after an error that nothing caught');
    process.exitCode = 1;
    stopping.resolve('uncaughtException');
  });

  const app = await startApp(config, {
    log,
    onFatal(message) {
      log.fatal(message);
      process.exitCode = 1;
      stopping.resolve('fatal');
    },
  });
  log.info({ url: app.url, run: [...config.run] }, 'ready');
  if (process.stdout.isTTY) for (const page of app.pages) process.stdout.write(`\n  ${ready} ${page}\n\n`);

  const reason = await stopping.promise;
  log.info({ reason }, 'stopping');
  const cutShort = setTimeout(() => {
    log.error('stopping took too long');
    process.exit(1);
  }, stopMaxMs);
  await app[Symbol.asyncDispose]();
  clearTimeout(cutShort);
  log.info('stopped');
}

main().catch((error) => {
  const message = error instanceof StartupError ? error.message : error;
  console.error(message);
  process.exit(1);
});
