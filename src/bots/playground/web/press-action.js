import { postAction } from './api.js';
import { setDraft } from './draft.js';
import { errorText } from './error-text.js';

/** Presses a button of a message; the buttons of that message rest until the server took it. */
export async function pressAction(app, messageId, actionId) {
  const { busyMessages } = app.state;
  if (busyMessages.has(messageId)) return;
  app.change({ busyMessages: new Set(busyMessages).add(messageId), error: null });
  try {
    const { draft } = await postAction({ messageId, actionId, user: app.state.session.user });
    if (draft) setDraft(app, draft);
  } catch (error) {
    app.change({ error: errorText(app.state.words, error) });
  } finally {
    const others = new Set(app.state.busyMessages);
    others.delete(messageId);
    app.change({ busyMessages: others });
  }
}
