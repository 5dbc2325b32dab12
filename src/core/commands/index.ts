import { admin } from '#core/commands/admin.ts';
import { batch } from '#core/commands/batch.ts';
import { cancel } from '#core/commands/cancel.ts';
import type { Command } from '#core/commands/define.ts';
import { deletePicture } from '#core/commands/delete.ts';
import { draft } from '#core/commands/draft.ts';
import { helpFor } from '#core/commands/help.ts';
import { imagine } from '#core/commands/imagine.ts';
import { language } from '#core/commands/language.ts';
import { link } from '#core/commands/link.ts';
import { operator } from '#core/commands/operator.ts';
import { picture } from '#core/commands/picture.ts';
import { preset } from '#core/commands/preset.ts';
import { privacy } from '#core/commands/privacy.ts';
import { quota } from '#core/commands/quota.ts';
import { rerun } from '#core/commands/rerun.ts';
import { retry } from '#core/commands/retry.ts';
import { settings } from '#core/commands/settings.ts';
import { share } from '#core/commands/share.ts';
import { show } from '#core/commands/show.ts';
import { status } from '#core/commands/status.ts';
import { unlink } from '#core/commands/unlink.ts';
import { upscale } from '#core/commands/upscale.ts';
import { usage } from '#core/commands/usage-of-month.ts';
import { vary } from '#core/commands/vary.ts';
import { why } from '#core/commands/why.ts';
import { zip } from '#core/commands/zip.ts';

const actions: readonly Command[] = [
  imagine,
  batch,
  draft,
  status,
  cancel,
  retry,
  rerun,
  vary,
  upscale,
  picture,
  show,
  share,
  zip,
  deletePicture,
  preset,
  quota,
  why,
  link,
  unlink,
  privacy,
  language,
  settings,
  usage,
  admin,
];

/** Every command, in the order people see them. */
export const commands: readonly Command[] = [...actions, helpFor(actions, [operator])];

const answeredAtOnce = new Set(commands.filter(({ work }) => work.kind === 'answer').map(({ name }) => name));

/** Whether a line such as `/help imagine` asks for what every process knows: saying it costs less than to have it wait. */
export function isAnsweredAtOnce(line: string): boolean {
  return answeredAtOnce.has(/^\/([\w-]+)/.exec(line)?.[1] ?? '');
}
