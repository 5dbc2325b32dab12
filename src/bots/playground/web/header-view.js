import { live } from '/playground/vendor/lit-html/directives/live.js';
import { html } from '/playground/vendor/lit-html/lit-html.js';
import { icons } from './icons.js';
import { themeAfter, useTheme } from './theme.js';

/** The bar with the product's and the room's name, the people to write as, and the theme. */
export function headerView(app) {
  const { session, theme, words } = app.state;
  const current = session.users.find(({ name }) => name === session.user);
  const nextTheme = () => {
    const next = themeAfter(theme);
    useTheme(next);
    app.change({ theme: next });
  };
  return html`<header class="top">
    <div class="brand">
      <span class="brand-mark" aria-hidden="true">${icons.easel}</span>
      <div class="brand-text">
        <h1>Easel</h1>
        <p>${session.room}<span class="brand-person" aria-hidden="true"> · ${current.displayName} · ${words.t(`role.${current.role}`)}</span></p>
      </div>
    </div>
    <fieldset class="people">
      <legend class="visually-hidden">${words.t('header.people')}</legend>
      ${session.users.map((user, index) => personView(app, user, index % 3))}
    </fieldset>
    <button type="button" class="icon-button" title=${words.t(`theme.${theme}`)} aria-label=${words.t(`theme.${theme}`)} @click=${nextTheme}>
      ${icons[theme]}
    </button>
  </header>`;
}

function personView(app, user, number) {
  const { session, words } = app.state;
  const role = words.t(`role.${user.role}`);
  const language = words.language(user.locale);
  const description = words.t('header.person', { name: user.displayName, role, language });
  return html`<label class="person" title=${description}>
    <input
      type="radio"
      name="person"
      class="visually-hidden"
      value=${user.name}
      aria-label=${description}
      .checked=${live(user.name === session.user)}
      @change=${() => app.become(user.name)}
    />
    <span class="avatar avatar-${number}" aria-hidden="true">${[...user.displayName][0]}</span>
    <span class="person-text" aria-hidden="true"><b>${user.displayName}</b><small>${role} · <span lang=${user.locale}>${language}</span></small></span>
  </label>`;
}
