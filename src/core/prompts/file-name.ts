import { UserError } from '#core/errors.ts';

const charsMax = 100;
/** Those that a picture has of its own. */
const extension = /\.(?:png|jpe?g|webp)$/i;
const allowed = /^(?!\.)[\p{L}\p{M}\p{N} ._-]+$/u;
/** Devices, with any extension: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i;

/**
 * The name that somebody wants for a picture, without an extension.
 * @throws {UserError} `file.name`, `file.nameReserved`
 */
export function readFileName(typed: string): string {
  const name = typed.trim().normalize('NFC').replace(extension, '').trimEnd();
  if (!allowed.test(name) || [...name].length > charsMax) {
    throw new UserError('file.name', { value: typed, max: charsMax });
  }
  if (reserved.test(name)) throw new UserError('file.nameReserved', { value: typed });
  return name;
}
