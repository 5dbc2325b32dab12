import type { AdminAct } from '#core/admin/act.ts';
import { approve, deny } from '#core/admin/approve.ts';
import { audit } from '#core/admin/audit.ts';
import { budget } from '#core/admin/budget.ts';
import { elsewhere } from '#core/admin/elsewhere.ts';
import { grant } from '#core/admin/grant.ts';
import { keep } from '#core/admin/keep.ts';
import { limit } from '#core/admin/limit.ts';
import { pictures } from '#core/admin/pictures.ts';
import { policy } from '#core/admin/policy.ts';
import { role } from '#core/admin/role.ts';
import { usage } from '#core/admin/usage.ts';
import { why } from '#core/admin/why.ts';
import { words } from '#core/admin/words.ts';

/** All of them, in the order people see them. */
export const adminActs: readonly AdminAct[] = [
  role,
  policy,
  limit,
  budget,
  grant,
  approve,
  deny,
  words,
  pictures,
  why,
  keep,
  elsewhere,
  usage,
  audit,
];
