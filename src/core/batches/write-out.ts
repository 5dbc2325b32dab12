import { and, asc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import { hashAsked } from '#core/batches/ask-images.ts';
import { type ClaimedImage, releaseImage } from '#core/batches/claim-image.ts';
import { attemptsMax } from '#core/batches/fail-image.ts';
import { findModel } from '#core/batches/models.ts';
import type { Deps } from '#core/deps.ts';
import { ProviderError } from '#core/ports/images.ts';
import { RunLater } from '#core/ports/queue.ts';
import type { PromptWriter, WrittenPrompt } from '#core/ports/writer.ts';
import { raiseCard } from '#core/postings/raise-card.ts';
import { cleanText } from '#core/prompts/clean-text.ts';
import { countMoney } from '#core/quotas/budget.ts';
import { findBlockedWords } from '#core/safety/blocked-words.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import { inWorkspace, type Tx } from '#db/client.ts';
import { persist } from '#db/persist.ts';
import { batches, images, ledger } from '#db/schema/index.ts';
import type { Logger } from '#src/logger.ts';

/** Characters that may be added to what was typed. */
const addedCharsMax = 1_500;
/** An image whose words another one is having written looks again this soon. */
const sameAgainMs = 500;
/** Whoever asks to be left alone for longer is not waited for: people want their picture. */
const waitMaxMs = 30_000;

type WriteDeps = Pick<Deps, 'db' | 'log' | 'providers' | 'writer' | 'breakers' | 'workerId'>;

/**
 * The claimed image with the words that its picture is made from. Where they are to be written out and are not yet, they
 * are, for all pictures of the batch with the same: the first that are written down count. What cannot be written
 * out, for good or by the last try, is made as it was typed, with a warning. None of that counts as a try at the picture.
 * @throws {ProviderError} worth another try, which the queue gives it; {RunLater} when it has to wait.
 */
export async function writeOut(
  deps: WriteDeps,
  log: Logger,
  claimed: ClaimedImage,
  signals: { shutdown: AbortSignal; cancel: AbortSignal },
): Promise<ClaimedImage> {
  if (!claimed.enhance || claimed.enhanced !== null) return claimed;
  const { image, older, limits } = await look(deps, claimed);
  if (image.enhanced !== null) return image;
  if (older) {
    await releaseImage(deps, image, { countsAsTry: false });
    throw new RunLater(sameAgainMs, 'the same words are being written out');
  }
  const { writer } = deps;
  if (!writer || image.attempts > attemptsMax) return keep(deps, image, undefined);
  try {
    return await keep(deps, image, await ask(deps, writer, image, limits, signals));
  } catch (error) {
    if (signals.cancel.aborted) throw error;
    await putOff(deps, image, error, signals.shutdown);
    log.warn({ err: error }, 'a prompt could not be written out; its pictures are made from it as it was typed');
    return keep(deps, image, undefined);
  }
}

/** Of the same batch, those with the same words. */
const alike = ({ batchId, prompt, negative }: ClaimedImage) =>
  and(
    eq(images.batchId, batchId),
    eq(images.prompt, prompt),
    negative === null ? isNull(images.negative) : eq(images.negative, negative),
    eq(images.enhance, true),
  );

/**
 * The image as it is now, whether an older one is having the same words written, how long they may become for all models that
 * are to take them, and what they may not hold.
 */
async function look(deps: WriteDeps, claimed: ClaimedImage) {
  return inWorkspace(deps.db, claimed.workspaceId, async (tx) => {
    const same = and(alike(claimed), isNull(images.enhanced));
    const busy = and(eq(images.providerId, claimed.providerId), eq(images.state, 'dispatched'));
    const [older] = await tx
      .select({ id: images.id })
      .from(images)
      .where(and(same, busy, lt(images.id, claimed.id)))
      .limit(1);
    // After the older one was looked for: what that wrote down in between is seen here.
    const [now] = await tx.select().from(images).where(eq(images.id, claimed.id));
    const models = await tx.selectDistinct({ id: images.model }).from(images).where(same);
    const most = models.flatMap(({ id }) => findModel(deps.providers, id)?.model.promptCharsMax ?? []);
    const charsMax = Math.min([...claimed.prompt].length + addedCharsMax, ...most);
    const [batch] = await tx.select().from(batches).where(eq(batches.id, claimed.batchId));
    const layers = await findLayers(tx, claimed.workspaceId);
    const { blockedWords } = resolveLayers(layers, claimed.workspaceId, batch?.channelId ?? '');
    return { image: { ...claimed, ...now }, older: older !== undefined, limits: { charsMax, blockedWords } };
  });
}

/** @throws {ProviderError} */
async function ask(
  deps: WriteDeps,
  writer: PromptWriter,
  { prompt, negative, approved }: ClaimedImage,
  { charsMax, blockedWords }: { charsMax: number; blockedWords: readonly string[] },
  { shutdown, cancel }: { shutdown: AbortSignal; cancel: AbortSignal },
): Promise<WrittenPrompt> {
  const signal = AbortSignal.any([shutdown, cancel, AbortSignal.timeout(writer.deadlineMs)]);
  const request = { prompt, charsMax, ...(negative === null ? {} : { negative }) };
  const written = await deps.breakers.call(`words of ${writer.id}`, () => writer.write(request, { signal }));
  const words = cleanText(written.prompt).replace(/\s+/g, ' ').trim();
  const { length } = [...words];
  // What managers have let pass is in the prompt already.
  const passed = approved ? findBlockedWords(prompt, blockedWords) : [];
  if (findBlockedWords(words, blockedWords).some((word) => !passed.includes(word)))
    throw new ProviderError('content_blocked', 'a word that may not be in it', { retryable: false });
  if (length > 0 && length <= charsMax) return { ...written, prompt: words };
  throw new ProviderError('bad_answer', `${length} characters, not 1 to ${charsMax}`, { retryable: true });
}

/** Has the queue try again where that may help. */
async function putOff(deps: WriteDeps, image: ClaimedImage, error: unknown, shutdown: AbortSignal): Promise<void> {
  if (shutdown.aborted) {
    await releaseImage(deps, image, { countsAsTry: false });
    throw new RunLater(0, 'handed back at shutdown');
  }
  const { retryable, retryAfterMs = 0 } = error instanceof ProviderError ? error : { retryable: true };
  if (!retryable || retryAfterMs > waitMaxMs || image.attempts >= attemptsMax) return;
  await releaseImage(deps, image, { countsAsTry: true });
  throw retryAfterMs > 0 ? new RunLater(retryAfterMs, 'the writer asked to wait') : error;
}

/** Writes the words down for all that lack them, or that they stay as they were typed. What is there already stays. */
async function keep(deps: WriteDeps, image: ClaimedImage, written: WrittenPrompt | undefined): Promise<ClaimedImage> {
  return persist(() =>
    inWorkspace(deps.db, image.workspaceId, async (tx) => {
      await fill(tx, deps, image, written);
      await book(tx, image, written);
      // The tries at the picture begin.
      const [now] = await tx.update(images).set({ attempts: 1 }).where(eq(images.id, image.id)).returning();
      return { ...image, ...now };
    }),
  );
}

async function fill(tx: Tx, deps: WriteDeps, image: ClaimedImage, written: WrittenPrompt | undefined): Promise<void> {
  // In the order in which a cancel locks them.
  const lacking = await tx
    .select()
    .from(images)
    .where(and(alike(image), isNull(images.enhanced)))
    .orderBy(asc(images.id))
    .for('update');
  if (lacking.length === 0) return;
  const ids = lacking.map(({ id }) => id);
  const enhanced = written?.prompt ?? image.prompt;
  const warnings = sql`array_append(${images.warnings}, 'not_enhanced')`;
  await tx
    .update(images)
    // Nobody has approved words that were not there yet.
    .set({ enhanced, ...(written ? { approved: false } : { warnings }) })
    .where(inArray(images.id, ids));
  // Only now is it known what decides the pictures.
  for (const row of lacking) {
    const model = findModel(deps.providers, row.model)?.model;
    const requestHash = model ? hashAsked(model, { ...row, enhanced }, image.inputs) : null;
    if (requestHash !== null) await tx.update(images).set({ requestHash }).where(eq(images.id, row.id));
  }
  await raiseCard(tx, image.batchId);
}

/** What the writer is paid is the operator's cost of the image that had it asked, whatever comes of the picture. */
async function book(tx: Tx, { id, workspaceId, personId, period }: ClaimedImage, written: WrittenPrompt | undefined) {
  if (!written?.cost) return;
  const { micros: moneyMicros, currency } = written.cost;
  const entry = { workspaceId, personId, period, kind: 'adjust', source: `image:${id}`, credits: 0 } as const;
  const booked = await tx
    .insert(ledger)
    .values({ ...entry, moneyMicros, currency })
    .onConflictDoNothing()
    .returning({ id: ledger.id });
  if (booked.length > 0) await countMoney(tx, { workspaceId, period, micros: moneyMicros, currency });
}
