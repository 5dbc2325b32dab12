import { workspaceEvent } from '#bots/slack/payloads.ts';

/** What Slack tells of a workspace, without anybody having said something. */
export type WorkspaceNews =
  /** Somebody's standing has changed, or without a name user groups have. */
  | { kind: 'people changed'; workspace: string; user?: string }
  /** The app was removed from it, or its token taken back. */
  | { kind: 'removed'; workspace: string };

/**
 * docs.slack.dev/reference/events: user_change, subteam_members_changed, app_uninstalled and tokens_revoked, where people's own
 * tokens go too; undefined for any other event.
 */
export function readNews(payload: object): WorkspaceNews | undefined {
  const read = workspaceEvent.safeParse(payload);
  if (!read.success) return undefined;
  const { event, team_id: workspace } = read.data;
  switch (event.type) {
    case 'user_change':
      return event.user ? { kind: 'people changed', workspace, user: event.user.id } : undefined;
    case 'app_uninstalled':
      return { kind: 'removed', workspace };
    case 'tokens_revoked':
      return event.tokens.bot.length > 0 ? { kind: 'removed', workspace } : undefined;
    default:
      return { kind: 'people changed', workspace };
  }
}
