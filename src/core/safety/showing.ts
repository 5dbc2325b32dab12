import { eq } from 'drizzle-orm';
import type { Deps } from '#core/deps.ts';
import type { ChatLimits } from '#core/ports/delivery.ts';
import type { OutgoingImage } from '#core/ports/message.ts';
import { type Rating, ratings } from '#core/ports/picture-check.ts';
import { blurredKey } from '#core/safety/blurred-blobs.ts';
import { actionsIn, type PictureAction, type PictureRules } from '#core/safety/picture-rules.ts';
import { findLayers, resolveLayers } from '#core/workspaces/settings.ts';
import type { Tx } from '#db/client.ts';
import { channels, type images } from '#db/schema/index.ts';
import { blurredSize } from '#media/blur-picture.ts';

/** Where pictures are shown. */
export interface ShownIn {
  workspaceId: string;
  /** None of what was asked for without a conversation. */
  channelId: string | null;
  /** Who asked for the pictures is the only one who sees them there. */
  alone: boolean;
}

/** What is done with pictures in a place. Whatever shows pictures asks it, and nothing else decides. */
export interface Showing {
  /** `block` is said of what was made before it was blocked here, or for elsewhere. */
  of(picture: Judged): PictureAction;
  /** Whether previews, at which nothing has looked yet, are shown as they are. */
  previews: boolean;
  spoilers: NonNullable<ChatLimits['spoilers']>;
}

type ImageRow = typeof images.$inferSelect;
/** What decides: what it shows, and whether a manager let it pass. */
type Judged = Pick<ImageRow, 'rating' | 'approved'>;
type Rated = Pick<ImageRow, 'rating' | 'partial' | 'state'>;

/** Everything as it is: for the person who asked, and where nothing looks at pictures. */
export const showAll: Showing = { of: () => 'show', previews: true, spoilers: [] };

/** What is done in a place with these pictures. */
export async function findShowing(
  tx: Tx,
  { pictureCheck }: Pick<Deps, 'pictureCheck'>,
  { workspaceId, channelId, alone }: ShownIn,
  rows: readonly Rated[],
): Promise<Showing> {
  const isUnseen = ({ partial, state }: Rated) =>
    pictureCheck !== undefined && partial !== null && state === 'dispatched';
  const needsRules = rows.some((row) => isUnseen(row) || (row.rating !== null && row.rating !== 'safe'));
  if (alone || !needsRules) return showAll;
  const { rules, limits } = await findRules(tx, workspaceId, channelId);
  const actions = actionsIn(rules, limits?.ageRestricted);
  return {
    of: ({ rating, approved }) => {
      const action = rating === null || rating === 'safe' ? 'show' : actions[rating];
      // The manager has read the words, and has not seen the picture.
      return action === 'block' && approved ? 'spoiler' : action;
    },
    previews: pictureCheck === undefined || Object.values(actions).every((action) => action === 'show'),
    spoilers: limits?.spoilers ?? [],
  };
}

/** What is done with a picture of such a rating where it is asked for, before it is kept. */
export async function findAction(
  tx: Tx,
  { workspaceId, channelId }: Pick<ShownIn, 'workspaceId' | 'channelId'>,
  rating: Rating,
): Promise<PictureAction> {
  if (rating === 'safe') return 'show';
  const { rules, limits } = await findRules(tx, workspaceId, channelId);
  return actionsIn(rules, limits?.ageRestricted)[rating];
}

async function findRules(
  tx: Tx,
  workspaceId: string,
  channelId: string | null,
): Promise<{ rules: PictureRules; limits: ChatLimits | undefined }> {
  const layers = await findLayers(tx, workspaceId);
  const { pictures: rules } = resolveLayers(layers, workspaceId, channelId ?? workspaceId);
  if (channelId === null) return { rules, limits: undefined };
  const [channel] = await tx.select({ limits: channels.limits }).from(channels).where(eq(channels.id, channelId));
  return { rules, limits: channel?.limits };
}

/** A picture as it may be shown: as it is, hidden until the reader asks for it, or blurred. */
export function shownAs(image: OutgoingImage, row: Judged, showing: Showing, as: 'pictures' | 'files'): OutgoingImage {
  const action = showing.of(row);
  if (action === 'show') return image;
  if (action === 'spoiler' && showing.spoilers.includes(as)) return { ...image, spoiler: true };
  return blurred(image);
}

export function blurred(image: OutgoingImage): OutgoingImage {
  const name = image.name.replace(/\.\w+$/, '.jpg');
  return { ...image, blob: blurredKey(image.blob), type: 'jpeg', name, ...blurredSize(image) };
}

/** Whether a picture is shown to everybody there without any form of hiding. */
export const isOpen = (row: Judged, showing: Showing): boolean => showing.of(row) === 'show';

/** Those of which a blurred form stands in the place. */
export function isBlurred(row: Judged, showing: Showing, as: 'pictures' | 'files' | 'zip'): boolean {
  const action = showing.of(row);
  return action === 'blur' || (action === 'spoiler' && (as === 'zip' || !showing.spoilers.includes(as)));
}

/** The rating of a sheet that shows these; undefined where it is for everybody. */
export function worstOf(rows: readonly Pick<ImageRow, 'rating'>[]): Exclude<Rating, 'safe'> | undefined {
  const worst = ratings.findLast((rating) => rows.some((row) => row.rating === rating));
  return worst === 'safe' ? undefined : worst;
}
