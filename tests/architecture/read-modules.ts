import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Module, readModule } from '#tests/architecture/read-module.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every TypeScript and JavaScript file below a folder of the project. */
export function readModules(folder: string): Module[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|js)$/.test(path))
    .sort()
    .map((path) => readModule(path, readFileSync(`${root}${path}`, 'utf8')));
}
