// No imports and no syntax newer than Node 12 in this file: an old Node has to be able to read it and say so.
const [command, ...args] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Easel needs Node 20 or newer to start, this is ${process.version}: install one, then try again.`);
  process.exitCode = 1;
} else {
  import('./run-command.mjs')
    .then(({ runCommand }) => runCommand(command, args))
    .catch((error) => {
      if (error.name === 'InterruptedError') return process.kill(process.pid, error.signal);
      console.error(error.name === 'BootstrapError' ? error.message : error);
      process.exitCode = 1;
    });
}
