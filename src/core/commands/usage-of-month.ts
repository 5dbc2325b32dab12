import { usage as act } from '#core/admin/usage.ts';
import { defineCommand } from '#core/commands/define.ts';

/** `/admin usage`, in short. */
export const usage = defineCommand({
  name: 'usage',
  role: act.role,
  options: [{ name: 'words', kind: 'line', positional: true }],
  run: (tx, context, { words = '' }) => act.run(tx, context, words),
});
