import { postMessage } from './api.js';
import { encodeFiles } from './attachments.js';
import { closeChoices, onChoiceKey, requestChoices } from './completion.js';
import { growField, setDraft } from './draft.js';
import { errorText } from './error-text.js';
import { scrollToEnd } from './scroll-follow.js';

export function onComposerInput(app, event) {
  app.recalled = 0;
  app.change({ draft: event.target.value, error: null });
  growField(event.target);
  if (!event.isComposing) void requestChoices(app);
}

export function onComposerKey(app, event) {
  // While an input method composes, Enter and the arrows are its own; Safari says so with 229 alone.
  if (event.isComposing || event.keyCode === 229) return;
  if (onChoiceKey(app, event)) return;
  if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    void sendDraft(app);
  } else if (event.key === 'ArrowUp') {
    recallLine(app, event);
  } else if (event.key === 'Escape' && app.state.error) {
    app.change({ error: null });
  }
}

/** Sends what was written; a refused message stays in the composer with the reason above it. */
export async function sendDraft(app) {
  const { draft, attachments, isSending, session } = app.state;
  if (isSending || (draft.trim() === '' && attachments.length === 0)) return;
  closeChoices(app);
  app.change({ isSending: true, error: null });
  try {
    const files = await encodeFiles(app.state.words, attachments);
    const sent = await postMessage({
      text: draft,
      user: session.user,
      ...(files.length > 0 && { attachments: files }),
    });
    for (const { url } of attachments) if (url) URL.revokeObjectURL(url);
    app.change({ attachments: app.state.attachments.filter((file) => !attachments.includes(file)) });
    // A form is filled in where one types.
    if (app.state.draft === draft) setDraft(app, sent.draft ?? '');
    app.recalled = 0;
    scrollToEnd(app);
    if (mayChangeLanguage(session, draft)) void app.become(session.user);
  } catch (error) {
    app.change({ error: errorText(app.state.words, error) });
  } finally {
    app.change({ isSending: false });
  }
}

/** After such a command the page's own words may have to be another language's. */
function mayChangeLanguage({ commands }, text) {
  const name = /^\/(\S+)/.exec(text)?.[1];
  const options = commands.find((command) => command.name === name)?.options ?? [];
  return options.some(({ kind }) => kind === 'language');
}

/** An arrow up in an empty composer brings back what the person wrote, newest first. */
function recallLine(app, event) {
  const { draft, messages, session } = app.state;
  const own = messages.filter(({ author, text }) => author === session.user && text).map(({ text }) => text);
  const isRecalling = app.recalled > 0 && draft === own.at(-app.recalled);
  if (draft !== '' && !isRecalling) return;
  const line = own.at(-(app.recalled + 1));
  if (app.recalled >= own.length || line === undefined) return;
  event.preventDefault();
  app.recalled += 1;
  setDraft(app, line);
}
