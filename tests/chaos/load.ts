import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Books,
  type Errand,
  errands,
  type FollowUp,
  type FoundDraft,
  isFile,
  isPrivate,
  runErrand,
  type Step,
} from '#tests/chaos/errands.ts';
import { type ChaosPlatform, type ChaosRoom, type PlatformId, platformIds } from '#tests/chaos/platform.ts';
import { blockedWord } from '#tests/chaos/provider.ts';
import type { Random } from '#tests/chaos/random.ts';
import { imagesEach, type Scale } from '#tests/chaos/scales.ts';

/** One request, in a room of its own, and what its person did then. */
export interface Asked extends Step {
  platform: PlatformId;
  room: ChaosRoom;
  /** A word that stands in its prompts and nowhere else. */
  marker: string;
  prompts: readonly string[];
  errand?: Errand | undefined;
  draft?: FoundDraft | undefined;
  followUp?: FollowUp;
  /** What it was to leave is written. */
  isDone?: boolean | undefined;
}

/** Of the pictures, one in so many is refused by the provider for good. */
const blockedEvery = 40;
/** Commands typed for each batch, at most. */
const triesMax = 3;

/** Types commands, evenly and on all platforms, until enough batches are written and every errand is done. Nobody asks for the same again. */
export async function runLoad(
  random: Random,
  scale: Scale,
  platforms: ReadonlyMap<PlatformId, ChaosPlatform>,
  books: Books,
  countWritten: () => Promise<number>,
): Promise<Asked[]> {
  const turns = takeTurns(random, scale);
  const chosen = chooseErrands(random, scale);
  const asked: Asked[] = [];
  const typing: Promise<void>[] = [];
  const startedAt = performance.now();
  let typed = 0;
  let pictures = 0;
  for (;;) {
    const isEnough = typed >= triesMax * scale.batches;
    if (typed >= scale.batches) {
      await Promise.all(typing);
      // Where it cannot be asked just now, one more does no harm.
      const written = await countWritten().catch(() => 0);
      if (isEnough || (written >= scale.batches && findMissing(asked, scale).length === 0)) return asked;
    }
    const platform = platforms.get(turns[typed % turns.length] ?? 'discord');
    if (!platform) throw new Error('no platform');
    const errand = typed < chosen.length ? chosen[typed] : pickMissing(findMissing(asked, scale), typed);
    const marker = `batch${String(typed).padStart(4, '0')}`;
    const prompts = Array.from({ length: imagesEach }, (_, index) => {
      pictures += 1;
      const isBlocked = pictures % blockedEvery === 0 || (errand === 'retry' && index === 0);
      return `${marker} picture ${index + 1}${isBlocked ? ` ${blockedWord}` : ''}`;
    });
    const room = platform.openRoom(marker);
    const facts = { platform: platform.id, room, marker, prompts, errand };
    const one: Asked = { ...facts, at: Date.now(), taken: false, heard: 0 };
    asked.push(one);
    typing.push(
      ask(one).then(async (taken) => {
        one.taken = taken;
        // Who saw nobody take it waits for nothing.
        if (taken) await runErrand(one, books, Date.now() + scale.settleMaxMs / 2);
      }),
    );
    typed += 1;
    await sleep(Math.max(0, startedAt + (typed * scale.loadMs) / scale.batches - performance.now()));
  }
}

function ask({ room, errand, marker, prompts }: Asked): Promise<boolean> {
  if (isFile(errand)) return room.attach({ name: `${marker}.txt`, bytes: Buffer.from(prompts.join('\n')) });
  return room.type(`/imagine ${[...prompts, ...(isPrivate(errand) ? ['--private on'] : [])].join('\n')}`);
}

/** Which platform comes when, each as often as its share says. */
function takeTurns(random: Random, { shares, batches }: Scale): PlatformId[] {
  const counts = platformIds.map((id) => [id, Math.round(shares[id] * batches)] as const);
  return random.shuffle(counts.flatMap(([id, count]) => Array.from({ length: count }, () => id)));
}

const pickMissing = (missing: readonly Errand[], typed: number) => missing[typed % Math.max(1, missing.length)];

/** What too few of those who were to do it could do: nobody took their first words, say. */
function findMissing(asked: readonly Asked[], { errandsMin }: Scale): Errand[] {
  return errands.filter((errand) => asked.filter((one) => one.errand === errand && one.isDone).length < errandsMin);
}

/** What comes of which request besides; of most of them nothing. */
function chooseErrands(random: Random, { errandsEach, batches }: Scale): (Errand | undefined)[] {
  const chosen = errands.flatMap((errand) => Array.from({ length: errandsEach }, () => errand));
  return random.shuffle([...chosen, ...Array.from({ length: batches - chosen.length }, () => undefined)]);
}
