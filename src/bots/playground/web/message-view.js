import { html, nothing } from '/playground/vendor/lit-html/lit-html.js';
import { icons } from './icons.js';
import { pictureGridView } from './picture-grid-view.js';
import { pressAction } from './press-action.js';
import { openViewer } from './viewer.js';

// About twenty lines on a desktop: longer texts are folded.
const textShownMax = 1200;

/** One message; `isContinued` leaves out the author, who also wrote the message above. */
export function messageView(app, message, isContinued) {
  const { session, words } = app.state;
  const isOwn = message.author === session.user;
  const author = session.users.find(({ name }) => name === message.author);
  const name = isOwn ? words.t('message.you') : (author?.displayName ?? 'Easel');
  return html`<li
    class="message ${isOwn ? 'message-own' : ''} ${isContinued ? 'message-continued' : ''}"
    data-message=${message.id}
    data-author=${message.author}
  >
    ${avatarView(session, author)}
    <article class="message-body" aria-label=${name}>
      <header class="message-head">
        <span class="message-author">${name}</span>
        ${message.at ? html`<time datetime=${message.at}>${words.time(message.at)}</time>` : nothing}
        ${message.private ? html`<span class="badge">${icons.private}${words.t('message.private')}</span>` : nothing}
      </header>
      ${author ? personsMessageView(app, message) : cardView(app, message)}
    </article>
  </li>`;
}

function avatarView(session, author) {
  if (!author) return html`<span class="avatar avatar-easel" aria-hidden="true">${icons.easel}</span>`;
  const number = session.users.indexOf(author) % 3;
  return html`<span class="avatar avatar-${number}" aria-hidden="true">${[...author.displayName][0]}</span>`;
}

function personsMessageView(app, message) {
  const attachments = message.attachments ?? [];
  return html`
    ${
      attachments.length > 0
        ? html`<div class="sent-files">
      ${attachments.map(
        (file, index) => html`<button
        type="button"
        class="sent-file"
        @click=${() => openViewer(app, message.id, 'attachments', index)}
      >
        <img class="sent-file-picture" src=${file.url} alt=${app.state.words.t('message.attachment', { name: file.name })} @error=${showAsFile} />
        <span class="sent-file-name" aria-hidden="true">${file.name}</span>
      </button>`,
      )}
    </div>`
        : nothing
    }
    ${message.text ? html`<div class="bubble">${foldedText(app, message.id, message.text)}</div>` : nothing}
  `;
}

/** A file that is no picture shows its name alone. */
function showAsFile(event) {
  const button = event.target.closest('.sent-file');
  button.classList.add('sent-file-plain');
  button.disabled = true;
}

function cardView(app, message) {
  const { title, fields = [], progress, tone = 'info' } = message;
  const lines = message.lines ?? [];
  const isLaidOut = title || lines.length > 0 || fields.length > 0;
  return html`<div class="card card-${tone}">
    ${title ? html`<h2 class="card-title">${toneView(tone)}<span dir="auto">${title}</span></h2>` : nothing}
    ${(isLaidOut ? lines : [message.text]).map(
      (line, index) => html`<p class="card-line">
      ${!title && index === 0 ? toneView(tone) : nothing}${message.links?.includes(line) ? linkView(line) : foldedText(app, `${message.id}.${index}`, line)}
    </p>`,
    )}
    ${progress ? progressView(app.state.words, progress) : nothing}
    ${fieldsView(fields)}
    ${pictureGridView(app, message)}
    ${actionsView(app, message)}
  </div>`;
}

function linkView(url) {
  return html`<a class="link" href=${url} target="_blank" rel="noopener noreferrer">${url}</a>`;
}

// Longer fields, such as commands with what they do, stand one below the other.
const fieldSideBySideMax = 40;

function fieldsView(fields) {
  if (fields.length === 0) return nothing;
  const isList = fields.some(({ label, value }) => label.length + value.length > fieldSideBySideMax);
  return html`<dl class="fields ${isList ? 'fields-list' : ''}">
    ${fields.map(({ label, value }) => html`<div><dt dir="auto">${label}</dt><dd dir="auto">${value}</dd></div>`)}
  </dl>`;
}

function toneView(tone) {
  if (tone === 'progress') return html`<span class="tone spinner" aria-hidden="true"></span>`;
  return tone === 'info' ? nothing : html`<span class="tone">${icons[tone]}</span>`;
}

function progressView(words, { done, total }) {
  const share = total > 0 ? done / total : 0;
  return html`<div class="progress">
    <div
      class="progress-track"
      role="progressbar"
      aria-label=${words.t('progress.label')}
      aria-valuemin="0"
      aria-valuemax=${total}
      aria-valuenow=${done}
      aria-valuetext=${words.t('progress.value', { done, total })}
    >
      <div class="progress-bar ${share < 1 ? 'progress-running' : ''}" .style=${`transform: scaleX(${share})`}></div>
    </div>
    <span class="progress-count" aria-hidden="true">${done}/${total}</span>
  </div>`;
}

function actionsView(app, message) {
  const { actions, choices } = message;
  if (actions.length === 0 && !choices) return nothing;
  return html`<div class="actions">
    ${actions.map((action) => actionView(app, message, action))}${choices ? choicesView(app, message) : nothing}
  </div>`;
}

function actionView(app, message, action) {
  const isBusy = app.state.busyMessages.has(message.id);
  return html`<button
    type="button"
    class="button button-${action.style ?? 'secondary'}"
    data-action=${action.id}
    aria-disabled=${isBusy}
    @click=${() => pressAction(app, message.id, action.id)}
  >${action.label}</button>`;
}

/** The menu goes back to its label, so that the same can be picked once more. */
function choicesView(app, message) {
  const { label, options } = message.choices;
  const pick = ({ target }) => {
    const { value } = target;
    target.value = '';
    if (value !== '') void pressAction(app, message.id, value);
  };
  return html`<select class="button choose" aria-label=${label} @change=${pick}>
    <option value="" selected>${label}</option>
    ${options.map((option) => html`<option value=${option.id}>${option.label}</option>`)}
  </select>`;
}

function foldedText(app, key, text) {
  if (text.length <= textShownMax) return html`<span class="text" dir="auto">${text}</span>`;
  const isOpen = app.state.unfolded.has(key);
  const toggle = () => {
    const unfolded = new Set(app.state.unfolded);
    if (isOpen) unfolded.delete(key);
    else unfolded.add(key);
    app.change({ unfolded });
  };
  return html`<span class="text" dir="auto">${isOpen ? text : `${text.slice(0, textShownMax)}…`}</span>
    <button type="button" class="fold" aria-expanded=${isOpen} @click=${toggle}>
      ${app.state.words.t(isOpen ? 'message.less' : 'message.more')}
    </button>`;
}
