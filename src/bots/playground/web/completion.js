import { getChoices } from './api.js';
import { setDraft } from './draft.js';

export const noCompletion = { text: '', choices: [], active: -1 };

let asking = new AbortController();

/** The suggestions that belong to the text as it is now; older ones are not shown. */
export function openChoices(app) {
  const { text, choices } = app.state.completion;
  return text === textToCaret(app) ? choices : [];
}

export function closeChoices(app) {
  asking.abort();
  app.change({ completion: noCompletion });
}

/** Asks for what could stand at the cursor; only commands have suggestions. */
export async function requestChoices(app) {
  closeChoices(app);
  const text = textToCaret(app);
  if (!text.startsWith('/')) return;
  asking = new AbortController();
  const { signal } = asking;
  // Suggestions are a help only: without them one types on.
  const choices = await getChoices(app.state.session.user, text, signal).catch(() => []);
  if (signal.aborted) return;
  const word = lastWord(text);
  const isComplete = choices.length === 1 && choices[0].value === word;
  if (choices.length === 0 || isComplete) return;
  // A command's name is completed by Enter; further on Enter sends, so nothing is chosen beforehand.
  const active = word === text && word !== '/' ? 0 : -1;
  const announcement = app.state.words.t('completion.available', { count: choices.length });
  app.change({ completion: { text, choices, active }, announcement });
}

/** Puts a suggestion in place of the last word before the cursor. */
export function acceptChoice(app, { value }) {
  const before = textToCaret(app);
  const after = app.state.draft.slice(before.length);
  const gap = /[=:]$/.test(value) || after.startsWith(' ') ? '' : ' ';
  const start = before.slice(0, before.length - lastWord(before).length) + value + gap;
  closeChoices(app);
  setDraft(app, start + after, start.length);
  void requestChoices(app);
}

/** Handles a key for the open list; true when the key is used up. */
export function onChoiceKey(app, event) {
  const choices = openChoices(app);
  if (choices.length === 0) return false;
  const { completion } = app.state;
  const select = (active) => app.change({ completion: { ...completion, active } });
  const { length } = choices;
  const chosen = choices[completion.active];
  if (event.key === 'ArrowDown') select((completion.active + 1) % length);
  else if (event.key === 'ArrowUp') select(completion.active <= 0 ? length - 1 : completion.active - 1);
  else if (event.key === 'Tab' && !event.shiftKey) acceptChoice(app, chosen ?? choices[0]);
  else if (event.key === 'Escape') closeChoices(app);
  else if (event.key === 'Enter' && !event.shiftKey && chosen && chosen.value !== lastWord(completion.text)) {
    acceptChoice(app, chosen);
  } else return false;
  event.preventDefault();
  document.getElementById(`choice-${app.state.completion.active}`)?.scrollIntoView({ block: 'nearest' });
  return true;
}

function textToCaret({ state: { draft } }) {
  const field = document.getElementById('composer-text');
  return draft.slice(0, field?.selectionEnd ?? draft.length);
}

function lastWord(text) {
  return /\S*$/.exec(text)?.[0] ?? '';
}
