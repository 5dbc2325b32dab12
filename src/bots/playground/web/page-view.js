import { html, nothing } from '/playground/vendor/lit-html/lit-html.js';
import { composerView } from './composer-view.js';
import { headerView } from './header-view.js';
import { icons } from './icons.js';
import { messageListView } from './message-list-view.js';
import { viewerView } from './viewer-view.js';

/** The whole page. */
export function pageView(app) {
  const { words, isConnected, isDragging, announcement } = app.state;
  return html`
    <a class="skip" href="#composer-text" @click=${focusComposer}>${words.t('skip')}</a>
    <div class="page">
      ${headerView(app)}
      <div class="connection" role="status">
        ${isConnected ? nothing : html`<span><span class="spinner" aria-hidden="true"></span>${words.t('connection.lost')}</span>`}
      </div>
      ${messageListView(app)} ${composerView(app)}
    </div>
    ${isDragging ? html`<div class="drop" aria-hidden="true"><p>${icons.picture}${words.t('attach.drop')}</p></div>` : nothing}
    ${viewerView(app)}
    <div class="visually-hidden" aria-live="polite" id="announcement">${announcement}</div>
  `;
}

function focusComposer(event) {
  event.preventDefault();
  document.getElementById('composer-text').focus();
}
