import type { Api } from '#tests/servers/telegram-access.ts';
import { arrayOf, type Call, flagOf, integerOf, stringOf } from '#tests/servers/telegram-arguments.ts';
import { badRequest } from '#tests/servers/telegram-faults.ts';
import { defined } from '#tests/servers/telegram-wire.ts';
import type { Json } from '#tests/servers/telegram-world.ts';

const loopback = ['127.0.0.1', '[::1]', 'localhost'];
const portsAllowed = ['', '443', '80', '88', '8443'];

/** @throws {ApiRefusal} */
function readAllowed(params: Json): string[] | undefined {
  return arrayOf(params, 'allowed_updates', 'String')?.map(String);
}

/** The Bot API wants https and four ports; on loopback anything goes, as with a Bot API server of one's own. */
export function setWebhook({ updates }: Api, { params }: Call): unknown {
  const url = stringOf(params, 'url');
  const options = { allowed: readAllowed(params), drop: flagOf(params, 'drop_pending_updates') };
  if (url === '') {
    updates.setWebhook(undefined, options);
    return true;
  }
  if (!URL.canParse(url)) throw badRequest('bad webhook: Invalid URL');
  const { protocol, hostname, port } = new URL(url);
  if (!loopback.includes(hostname)) {
    if (protocol !== 'https:') throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
    if (!portsAllowed.includes(port)) {
      throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443');
    }
  }
  const secretToken = stringOf(params, 'secret_token');
  if (secretToken.length > 256) throw badRequest('secret token is too long');
  if (!/^[A-Za-z0-9_-]*$/.test(secretToken)) throw badRequest('secret token contains unallowed characters');
  const maxConnections = Math.min(Math.max(integerOf(params, 'max_connections') ?? 40, 1), 100);
  updates.setWebhook({ url, maxConnections, ...(secretToken !== '' && { secretToken }) }, options);
  return true;
}

export function deleteWebhook({ updates }: Api, { params }: Call): unknown {
  updates.setWebhook(undefined, { drop: flagOf(params, 'drop_pending_updates') });
  return true;
}

export function getWebhookInfo({ updates }: Api): unknown {
  const { webhook, allowed, pending } = updates;
  return defined({
    url: webhook?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: pending,
    last_error_date: webhook?.lastError?.date,
    last_error_message: webhook?.lastError?.message,
    max_connections: webhook?.maxConnections,
    allowed_updates: allowed.length > 0 ? allowed : undefined,
  });
}

export async function getUpdates(
  { updates }: Api,
  { params, signal }: Call & { signal: AbortSignal },
): Promise<unknown> {
  const offset = integerOf(params, 'offset');
  const allowed = readAllowed(params);
  const limit = integerOf(params, 'limit') ?? 100;
  return await updates.poll({
    limit: limit < 1 || limit > 100 ? 100 : limit,
    timeoutMs: Math.min(Math.max(integerOf(params, 'timeout') ?? 0, 0), 50) * 1000,
    signal,
    ...(offset !== undefined && { offset }),
    ...(allowed && { allowed }),
  });
}
