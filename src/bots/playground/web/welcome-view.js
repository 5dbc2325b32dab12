import { html } from '/playground/vendor/lit-html/lit-html.js';
import { setDraft } from './draft.js';
import { icons } from './icons.js';

/** What an empty room shows: what this is, and three commands to begin with. */
export function welcomeView(app) {
  const { t } = app.state.words;
  return html`<section class="welcome">
    <span class="welcome-mark" aria-hidden="true">${icons.easel}</span>
    <h2>${t('welcome.title')}</h2>
    <p>${t('welcome.text')}</p>
    <p class="welcome-try" id="welcome-try">${t('welcome.try')}</p>
    <ul aria-labelledby="welcome-try">
      ${['welcome.example1', 'welcome.example2', 'welcome.example3'].map(
        (key) => html`<li>
        <button type="button" class="example" @click=${() => setDraft(app, t(key))}>${t(key)}</button>
      </li>`,
      )}
    </ul>
  </section>`;
}
