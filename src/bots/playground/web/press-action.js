import { postAction } from './api.js';
import { setDraft } from './draft.js';
import { errorText } from './error-text.js';

/** Presses a button of a message; the buttons of that message rest until the server took it. */
export async function pressAction(app, messageId, actionId) {
  if (app.state.busyMessageId !== null) return;
  app.change({ busyMessageId: messageId, error: null });
  try {
    const { draft } = await postAction({ messageId, actionId, user: app.state.session.user });
    if (draft) setDraft(app, draft);
  } catch (error) {
    app.change({ error: errorText(app.state.words, error) });
  } finally {
    app.change({ busyMessageId: null });
  }
}
