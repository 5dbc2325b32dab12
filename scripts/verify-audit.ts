import { loadConfig } from '../src/config.ts';
import { startEmbeddedPostgres } from '../src/db/embedded.ts';
import { StartupError } from '../src/db/startup-error.ts';
import { verifyAudit } from '../src/db/verify-audit.ts';

/** `npm run audit:verify`: computes every workspace's audit log anew. Exit code 1 when one does not hold. */
const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent };

async function verify(url: string): Promise<void> {
  const { ends, faults } = await verifyAudit(url);
  for (const { workspaceId, n, hash } of ends) console.log(`workspace ${workspaceId}: ${n} entries, ending in ${hash}`);
  for (const { workspaceId, n, fault } of faults) console.error(`workspace ${workspaceId}, entry ${n}: ${fault}`);
  console.log(faults.length === 0 ? 'The audit log holds.' : 'The audit log does NOT hold.');
  if (faults.length > 0) process.exitCode = 1;
}

try {
  const { databaseUrl, dataDir } = loadConfig(process.env);
  const database = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir, log }) : undefined;
  await verify(databaseUrl ?? database?.url ?? '').finally(() => database?.stop());
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
