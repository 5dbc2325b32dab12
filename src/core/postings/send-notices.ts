import { buffer } from 'node:stream/consumers';
import { eq, sql } from 'drizzle-orm';
import { postedBytesMax } from '#core/batches/posted-zip.ts';
import type { Deps } from '#core/deps.ts';
import type { FileWanted } from '#core/files/file-links.ts';
import { makeFile, type OpenedFile } from '#core/files/open-file.ts';
import { askRole } from '#core/people/ask-role.ts';
import type { Channel, ChatPlatform } from '#core/ports/chat.ts';
import { type ChatLimits, type Conversation, DeliveryError } from '#core/ports/delivery.ts';
import type { OutgoingMessage } from '#core/ports/message.ts';
import type { Notice } from '#core/postings/notices.ts';
import { settleBudgets, takeBudgets } from '#core/postings/take-budgets.ts';
import { acrossWorkspaces } from '#db/client.ts';
import { notices } from '#db/schema/index.ts';
import type { Text } from '#src/i18n.ts';

/** Tries at a notice before it is given up; about twenty minutes with the waits between them. */
const attemptsMax = 8;
const retryFirstSeconds = 10;
const sentAtOnce = 20;

type NoticeDeps = Pick<Deps, 'blobs' | 'db' | 'log' | 'platforms'>;

interface Due extends Record<string, unknown> {
  id: string;
  workspaceId: string;
  personId: string;
  managersOnly: boolean;
  content: Notice;
  file: FileWanted | null;
  attempts: number;
  platform: string;
  workspace: string;
  /** The person's on that platform, oldest first. */
  accounts: string[];
  locale: string;
  timeZone: string;
}

/** Sends the notices that are due as direct messages, in the reader's language; whoever takes none is not asked for ever. */
export async function sendNotices(deps: NoticeDeps): Promise<void> {
  for (const notice of await claimDue(deps)) {
    try {
      if (await sendOne(deps, notice)) await forget(deps, notice);
    } catch (error) {
      const hopeless = (error instanceof DeliveryError && !error.retryable) || notice.attempts >= attemptsMax;
      deps.log.warn({ err: error, noticeId: notice.id, hopeless }, 'a notice could not be sent');
      if (hopeless) await forget(deps, notice);
    }
  }
}

/** Due again later unless they are sent by then: a process that dies with them has lost none. */
function claimDue({ db, platforms }: Pick<Deps, 'db' | 'platforms'>): Promise<Due[]> {
  if (platforms.size === 0) return Promise.resolve([]);
  return acrossWorkspaces(db, async (tx) => [
    ...(await tx.execute<Due>(sql`
      with due as (
        select n.id, w.platform, w.platform_id as workspace, a.ids as accounts, coalesce(a.language, s.language, 'en') as locale,
          coalesce(s.time_zone, 'UTC') as "timeZone"
        from notices n join workspaces w on w.id = n.workspace_id
        join lateral (
          select array_agg(platform_id order by created_at) as ids,
            (array_agg(language order by created_at) filter (where language is not null))[1] as language
          from accounts where person_id = n.person_id and platform = w.platform having count(*) > 0) a on true
        left join settings s on s.workspace_id = n.workspace_id and s.scope = 'workspace'
        where n.due_at <= now() and w.platform = any(${sql.param([...platforms.keys()])}::text[])
        order by n.id limit ${sentAtOnce} for update of n skip locked
      )
      update notices n set attempts = attempts + 1, due_at = now() + make_interval(secs => ${retryFirstSeconds} * 2 ^ n.attempts)
      from due where n.id = due.id
      returning n.id::text, n.workspace_id as "workspaceId", n.person_id as "personId", n.managers_only as "managersOnly", n.content, n.file, n.attempts, due.platform, due.workspace, due.accounts, due.locale, due."timeZone"`)),
  ]);
}

/** Resolves to false when the platform's budgets do not allow it now. */
async function sendOne(deps: NoticeDeps, due: Due): Promise<boolean> {
  const platform = deps.platforms.get(due.platform);
  if (!platform) return false;
  if (due.managersOnly) {
    const role = await askRole(deps, due.workspaceId, due.personId);
    if (role !== 'owner' && role !== 'admin') return true;
  }
  const direct = await platform.direct(due.workspace, await findAccount(platform, due));
  try {
    const message = await compose(deps, due, direct.channel.limits);
    return await sendParts(deps, platform, due, direct, message);
  } finally {
    if (due.file) await deps.blobs.delete(blobKey(due));
  }
}

async function sendParts(
  deps: NoticeDeps,
  platform: ChatPlatform,
  { id, workspace, attempts }: Due,
  { conversation, channel: { limits } }: { conversation: Conversation; channel: Channel },
  message: OutgoingMessage,
): Promise<boolean> {
  const [urgency, repeat] = ['progress', attempts > 1] as const;
  for (const [index, part] of platform.split(message, limits).entries()) {
    const call = { kind: 'send', workspace, channel: conversation.channel, images: part.images.length } as const;
    const take = await takeBudgets(deps, platform.id, platform.budgets({ ...call, urgency, repeat }), { urgency });
    if ('waitMs' in take) return false;
    try {
      await platform.send(conversation, part, {
        ...{ limits, workspace, repeat, key: `notice-${id}-${index}` },
        pause: () => undefined,
        saveHandle: async () => undefined,
      });
    } finally {
      await settleBudgets(deps, take.taken, () => undefined);
    }
  }
  return true;
}

/** Of several accounts, the one that is in the workspace: that of another may not be written to from there. */
async function findAccount(platform: ChatPlatform, { workspace, accounts }: Due): Promise<string> {
  const [first = '', ...others] = accounts;
  if (others.length === 0) return first;
  for (const account of accounts) if (await platform.findStanding(workspace, account)) return account;
  return first;
}

const blobKey = ({ workspaceId, id }: Due): string => `${workspaceId}/notice-${id}`;

/** The notice with its file as it is now, or with what is wrong where a message does not take that. */
async function compose(deps: NoticeDeps, due: Due, { fileBytesMax }: ChatLimits): Promise<OutgoingMessage> {
  const { locale, timeZone, content, file } = due;
  const words: OutgoingMessage = {
    ...{ locale, timeZone, audience: 'private', fields: [], images: [], imagesAs: 'pictures', actions: [] },
    ...content,
  };
  if (!file) return words;
  const max = Math.min(postedBytesMax, fileBytesMax);
  const whole = await readWhole(await makeFile(deps, file), max);
  const bytes =
    whole ?? (file.kind === 'person' && (await readWhole(await makeFile(deps, file, { alone: true }), max)));
  const limit = { max: Math.floor(max / 1_000_000) };
  if (!bytes) return { ...words, tone: 'warning', lines: [...words.lines, { key: 'file.tooLarge', values: limit }] };
  const blob = await deps.blobs.putTemporary(blobKey(due), bytes);
  const type = file.kind === 'person' ? 'zip' : 'csv';
  const lines: Text[] = whole ? words.lines : [...words.lines, { key: 'file.withoutPictures', values: limit }];
  const image = { blob, type, width: 0, height: 0, alt: { verbatim: file.name }, name: file.name } as const;
  return { ...words, lines, images: [image], imagesAs: 'files' };
}

/** Undefined where there is more of it. */
async function readWhole({ read }: OpenedFile, max: number): Promise<Uint8Array | undefined> {
  if (typeof read !== 'function') {
    return read.length > max ? undefined : buffer(read.bytes({ start: 0, end: read.length - 1 }));
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of read()) {
    const bytes = Buffer.from(piece);
    length += bytes.byteLength;
    if (length > max) return undefined;
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

async function forget({ db }: Pick<Deps, 'db'>, { id }: Due): Promise<void> {
  await acrossWorkspaces(db, (tx) => tx.delete(notices).where(eq(notices.id, BigInt(id))));
}
