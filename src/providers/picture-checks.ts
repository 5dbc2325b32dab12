import type { PictureCheck } from '#core/ports/picture-check.ts';
import type { Env } from '#providers/define.ts';
import { createNsfwjs, missingPackages } from '#providers/nsfwjs.ts';

/** What looks at pictures, as the environment switched it on. */
export interface ConfiguredPictureCheck {
  readonly id: string;
  create(): PictureCheck;
}

const off = ['', 'off'];

/**
 * The slice of the configuration about pictures: undefined where nothing looks at them. `problems` has a sentence for each
 * thing an operator has to fix; start-up stops on any.
 */
export function readPictureCheck(
  env: Env,
  findMissing: () => readonly string[] = missingPackages,
): { pictureCheck: ConfiguredPictureCheck | undefined; problems: string[] } {
  const named = env.EASEL_PICTURE_CHECK?.trim().toLowerCase() ?? '';
  if (off.includes(named)) return { pictureCheck: undefined, problems: [] };
  if (named !== 'nsfwjs') return { pictureCheck: undefined, problems: ['EASEL_PICTURE_CHECK must be nsfwjs or off'] };
  const missing = findMissing();
  if (missing.length > 0) {
    const problem = `EASEL_PICTURE_CHECK=nsfwjs needs ${missing.join(', ')}, which npm left out: install with optional packages, or unset it`;
    return { pictureCheck: undefined, problems: [problem] };
  }
  return { pictureCheck: { id: 'nsfwjs', create: createNsfwjs }, problems: [] };
}
