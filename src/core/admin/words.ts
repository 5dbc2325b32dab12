import type { AdminAct } from '#core/admin/act.ts';
import { recordAct } from '#core/audit/record-act.ts';
import { privateAnswer } from '#core/commands/answer.ts';
import { UserError } from '#core/errors.ts';
import { comma } from '#core/prompts/split-words.ts';
import { lockLayer, writeLayer } from '#core/workspaces/layer.ts';

const wordsMax = 200;
const wordCharsMax = 40;
const verbs = ['add', 'remove'] as const;

export const words: AdminAct = {
  name: 'words',
  description: 'commands.admin.acts.words.description',
  role: 'admin',
  usage: '[add|remove words] [--channel]',
  run: async (tx, context, rest) => {
    const { workspaceId } = context.actor;
    const here = /\s*--channel\s*$/.exec(rest);
    const scope = here ? 'channel' : 'workspace';
    const place = { workspaceId, scope, scopeId: here ? context.channelId : workspaceId } as const;
    const known = (await lockLayer(tx, place)).blockedWords ?? [];
    const typed = here ? rest.slice(0, here.index) : rest;
    if (typed.trim() === '') return privateAnswer(context, listing(known, scope));
    const [verb = '', ...others] = typed.trim().split(/\s+/);
    const named = readWords(others.join(' '));
    if (!isVerb(verb)) throw new UserError('words.verb', { value: verb });
    if (named.length === 0) throw new UserError('words.none', { verb });
    const tooLong = named.find((word) => [...word].length > wordCharsMax);
    if (tooLong) throw new UserError('words.tooLong', { word: tooLong, max: wordCharsMax });
    const now = verb === 'add' ? [...new Set([...known, ...named])] : known.filter((word) => !named.includes(word));
    if (now.length > wordsMax) throw new UserError('words.tooMany', { count: now.length, max: wordsMax });
    await writeLayer(tx, place, { blockedWords: now });
    await recordAct(tx, context, {
      act: `words.${verb}`,
      subject: `${scope}:${place.scopeId}`,
      before: { count: known.length },
      after: { count: now.length },
    });
    return { ...privateAnswer(context, { ...listing(now, scope), tone: 'success' }), forget: true };
  },
};

const isVerb = (verb: string): verb is (typeof verbs)[number] => (verbs as readonly string[]).includes(verb);

/** Between commas, as a word may be several. */
function readWords(typed: string): string[] {
  const found = typed.split(new RegExp(`[${comma}、\\n]`)).map((word) => word.normalize('NFC').trim().toLowerCase());
  return found.filter((word) => /[\p{L}\p{N}]/u.test(word));
}

const none = {
  workspace: 'commands.admin.acts.words.none.workspace',
  channel: 'commands.admin.acts.words.none.channel',
} as const;
const title = {
  workspace: 'commands.admin.acts.words.title.workspace',
  channel: 'commands.admin.acts.words.title.channel',
} as const;

function listing(known: readonly string[], scope: 'workspace' | 'channel') {
  if (known.length === 0) return { lines: [{ key: none[scope] }] };
  return {
    title: { key: title[scope] },
    lines: [{ key: 'list', values: { items: { list: [...known] } } } as const],
  };
}
