import { live } from '/playground/vendor/lit-html/directives/live.js';
import { repeat } from '/playground/vendor/lit-html/directives/repeat.js';
import { html, nothing } from '/playground/vendor/lit-html/lit-html.js';
import { addFiles, removeFile, usedBytes } from './attachments.js';
import { acceptChoice, openChoices } from './completion.js';
import { onComposerInput, onComposerKey, sendDraft } from './composer.js';
import { icons } from './icons.js';

/** The place to write: errors, attached files, suggestions, text and buttons. */
export function composerView(app) {
  const { words, draft, attachments, isSending } = app.state;
  const isEmpty = draft.trim() === '' && attachments.length === 0;
  const choices = openChoices(app);
  const active = app.state.completion.active;
  const submit = (event) => {
    event.preventDefault();
    void sendDraft(app);
  };
  return html`<form class="composer" @submit=${submit}>
    ${errorView(app)} ${filesView(app)} ${choices.length > 0 ? choicesView(app, choices, active) : nothing}
    <div class="composer-box">
      <input
        type="file"
        id="composer-files"
        hidden
        accept="image/*,.txt,.csv,.jsonl,.json"
        multiple
        aria-label=${words.t('attach.button')}
        @change=${onFilesChosen(app)}
      />
      <button
        type="button"
        class="icon-button"
        aria-label=${words.t('attach.button')}
        title=${words.t('attach.button')}
        @click=${() => document.getElementById('composer-files').click()}
      >${icons.attach}</button>
      <textarea
        id="composer-text"
        rows="1"
        dir="auto"
        autofocus
        autocomplete="off"
        autocapitalize="off"
        spellcheck="true"
        enterkeyhint="send"
        aria-label=${words.t('composer.label')}
        aria-describedby="composer-hint"
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls=${choices.length > 0 ? 'choices' : nothing}
        aria-activedescendant=${choices.length > 0 && active >= 0 ? `choice-${active}` : nothing}
        placeholder=${words.t('composer.placeholder')}
        .value=${live(draft)}
        @input=${(event) => onComposerInput(app, event)}
        @keydown=${(event) => onComposerKey(app, event)}
        @blur=${() => app.change({ completion: { ...app.state.completion, choices: [] } })}
      ></textarea>
      <button
        type="submit"
        class="icon-button send"
        aria-label=${words.t('composer.send')}
        title=${words.t('composer.send')}
        aria-disabled=${isEmpty || isSending}
      >${isSending ? html`<span class="spinner" aria-hidden="true"></span>` : icons.send}</button>
    </div>
    <p class="hint" id="composer-hint">${hintText(app)}</p>
  </form>`;
}

function hintText({ state: { draft, session, words } }) {
  const name = /^\/(\S+)/.exec(draft)?.[1];
  return session.commands.find((command) => command.name === name)?.usage ?? words.t('composer.hint');
}

function errorView(app) {
  const { error, words } = app.state;
  return html`<div role="alert">
    ${
      error
        ? html`<div class="composer-error">
      ${icons.error}
      <p>${error}</p>
      <button type="button" class="icon-button" aria-label=${words.t('error.dismiss')} title=${words.t('error.dismiss')} @click=${() => app.change({ error: null })}>${icons.close}</button>
    </div>`
        : nothing
    }
  </div>`;
}

// Rounded to tenths of a megabyte, a small file would read as nothing.
const shownBytesMin = 2 ** 20 / 10;

function filesView(app) {
  const { attachments, session, words } = app.state;
  if (attachments.length === 0) return nothing;
  const size = {
    used: words.megabytes(Math.max(usedBytes(attachments), shownBytesMin)),
    limit: words.megabytes(session.limits.attachmentBytesMax),
  };
  return html`<div class="files">
    <ul aria-label=${words.t('attach.list')}>
      ${repeat(
        attachments,
        ({ id }) => id,
        (file) => html`<li class="file">
        ${file.url ? html`<img src=${file.url} alt=${file.name} @error=${() => app.change({ attachments: withoutPreview(app, file.id) })} />` : html`<span class="file-plain">${icons.file}<span>${file.name}</span></span>`}
        <button type="button" class="file-remove" aria-label=${words.t('attach.remove', { name: file.name })} title=${words.t('attach.remove', { name: file.name })} @click=${() => removeFile(app, file.id)}>${icons.close}</button>
      </li>`,
      )}
    </ul>
    <p>${words.t('attach.size', size)}</p>
  </div>`;
}

function withoutPreview(app, id) {
  return app.state.attachments.map((file) => (file.id === id ? { ...file, url: null } : file));
}

function choicesView(app, choices, active) {
  // The text keeps the focus: a pressed choice must not take it, or a phone's keyboard would close.
  const keepFocus = (event) => event.preventDefault();
  return html`<ul class="choices" id="choices" role="listbox" aria-label=${app.state.words.t('completion.label')} @mousedown=${keepFocus}>
    ${choices.map(
      (choice, index) => html`<li
      role="option"
      id="choice-${index}"
      aria-selected=${index === active}
      @click=${() => acceptChoice(app, choice)}
    >
      <span class="choice-label">${choice.label}</span>
      ${choice.detail ? html`<span class="choice-detail">${choice.detail}</span>` : nothing}
    </li>`,
    )}
  </ul>`;
}

function onFilesChosen(app) {
  return (event) => {
    addFiles(app, [...event.target.files]);
    event.target.value = '';
    document.getElementById('composer-text').focus();
  };
}
