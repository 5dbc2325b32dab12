import type { Sender } from '#core/ports/chat.ts';

const shape = /^([a-z]+):(?:([^/\s]+)\/)?([^/\s]+)$/;

/** Who runs this installation, as `platform:account` or, where ids are a workspace's own, `platform:workspace/account`. */
export type Operators = ReadonlySet<string>;

/** Reads `EASEL_OPERATORS`; the result is a sentence where that is not right. */
export function readOperators(list: string): Operators | { problem: string } {
  const entries = list.split(',').map((entry) => entry.trim());
  const wrong = entries.find((entry) => !shape.test(entry));
  if (wrong === undefined) return new Set(entries);
  return {
    problem: `${JSON.stringify(wrong)} must be platform:account, or platform:workspace/account; several have commas between`,
  };
}

export function isOperator(operators: Operators, { platform, workspace, account }: Sender): boolean {
  if (operators.size === 0) return false;
  const within = `${platform}:${workspace.platformId}/${account.platformId}`;
  return operators.has(within) || operators.has(`${platform}:${account.platformId}`);
}
