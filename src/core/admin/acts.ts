import type { AdminAct } from '#core/admin/act.ts';
import { audit } from '#core/admin/audit.ts';
import { words } from '#core/admin/words.ts';

/** All of them, in the order people see them. */
export const adminActs: readonly AdminAct[] = [words, audit];
