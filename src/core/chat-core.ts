import { admitCalls } from '#core/admit-calls.ts';
import { complete } from '#core/complete.ts';
import type { Deps } from '#core/deps.ts';
import { dispatch } from '#core/dispatch.ts';
import { limitAccounts } from '#core/limit-accounts.ts';
import { identify } from '#core/people/identify.ts';
import type { ChatCore } from '#core/ports/chat.ts';
import { createPacer } from '#core/postings/create-pacer.ts';
import { createSentRecorder } from '#core/postings/record-sent.ts';
import { leaveWorkspace, returnToWorkspace } from '#core/workspaces/leave-workspace.ts';

/** The core as chat platforms see it. */
export function createChatCore(deps: Deps): ChatCore {
  return {
    onCall: limitAccounts(
      deps,
      admitCalls(deps, (call) => dispatch(deps, call)),
    ),
    onAnswered: (call) => deps.deliveries.answered(call),
    onSent: createSentRecorder(deps),
    paced: createPacer(deps),
    complete: (sender, text) => complete(deps, sender, text),
    onRemoved: (platform, workspace) => leaveWorkspace(deps, platform, workspace),
    onReturned: (platform, workspace) => returnToWorkspace(deps, platform, workspace),
    readerOf: async (sender) => (await identify(deps, sender)).reader,
  };
}
