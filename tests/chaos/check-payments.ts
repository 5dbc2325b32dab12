import type { StoredImage } from '#tests/chaos/check-rows.ts';
import { callerOf, type Evidence, workedMs } from '#tests/chaos/evidence.ts';
import type { Instance } from '#tests/chaos/processes.ts';
import type { ProviderCall } from '#tests/chaos/provider.ts';
import { parseLog } from '#tests/start-process.ts';

/** Why a picture that was made is not the one that counts. */
export type LostPicture = 'not whole' | 'died';

export interface PaymentsSeen {
  violations: string[];
  lost: LostPicture[];
}

/** Longest that storing a picture and its commit take; who has said so before was not killed inside it. */
const commitMaxMs = 10_000;

/** Finds pictures of one prompt that were paid for and not used, and whether each was lost before anybody could know of it. */
export function checkPayments(
  evidence: Evidence,
  images: readonly StoredImage[],
  paid: { pictures: number; calls: readonly ProviderCall[] },
): PaymentsSeen {
  const needed = images.filter(({ state }) => state === 'succeeded').length;
  const extra = paid.pictures - needed;
  const lost = paid.calls.flatMap((call) => whyLost(evidence, images, call) ?? []);
  const name = images.map(({ number, batchId }) => `picture ${number} of ${batchId}`).join(' and ');
  if (extra < 0) return { violations: [`${name} succeeded and was never made`], lost: [] };
  if (extra > lost.length) {
    const violation = `${name} was made ${paid.pictures} times for ${needed}, and lost ${lost.length} times`;
    return { violations: [violation], lost };
  }
  return { violations: [], lost: lost.slice(0, extra) };
}

function whyLost(
  evidence: Evidence,
  images: readonly StoredImage[],
  { callId, fault }: ProviderCall,
): LostPicture | undefined {
  if (fault === 'truncated_json') return 'not whole';
  const call = evidence.calls.get(callId);
  const caller = call && callerOf(evidence, call);
  if (!call || caller?.killedAt === undefined || caller.killedAt < call.at) return undefined;
  if (call.end !== 'whole') return 'died';
  const answeredAt = call.endedAt ?? call.at;
  const hadTime = workedMs(evidence, answeredAt, caller.killedAt) > commitMaxMs;
  return hadTime || hasCommitted(caller, images, answeredAt) ? undefined : 'died';
}

function hasCommitted({ easel }: Instance, images: readonly StoredImage[], after: number): boolean {
  return parseLog(easel.stdout).some(
    ({ msg, imageId, time }) =>
      msg === 'an image was made' && images.some(({ id }) => id === imageId) && Number(time) >= after,
  );
}
