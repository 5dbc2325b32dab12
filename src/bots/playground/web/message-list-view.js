import { guard } from '/playground/vendor/lit-html/directives/guard.js';
import { repeat } from '/playground/vendor/lit-html/directives/repeat.js';
import { html, nothing } from '/playground/vendor/lit-html/lit-html.js';
import { icons } from './icons.js';
import { messageView } from './message-view.js';
import { scrollToEnd } from './scroll-follow.js';
import { welcomeView } from './welcome-view.js';

/** The messages of the room, oldest first, with the note about newer ones further down. */
export function messageListView(app) {
  const { messages, session, busyMessages, unfolded, isNarrow, words, hasUnseen } = app.state;
  // Typing changes the state at every key; the list is laid out again only for what it shows.
  return html`<div class="room">
    <main class="messages" id="messages" tabindex="-1" @scroll=${() => app.onScroll()}>
      ${guard([messages, session, busyMessages, unfolded, isNarrow], () =>
        messages.length === 0
          ? welcomeView(app)
          : html`<ol class="message-list" id="message-list" aria-label=${words.t('a11y.messages')}>
              ${repeat(
                messages,
                ({ id }) => id,
                (message, index) =>
                  html`${dayView(app, messages, index)}${messageView(app, message, isContinued(messages, index))}`,
              )}
            </ol>`,
      )}
    </main>
    ${hasUnseen ? html`<button type="button" class="pill" @click=${() => scrollToEnd(app)}>${icons.down}${words.t('messages.new')}</button>` : nothing}
  </div>`;
}

function dayView({ state: { words } }, messages, index) {
  const { at } = messages[index];
  if (!at) return nothing;
  const before = messages[index - 1]?.at;
  const isNewDay = !before || new Date(before).toDateString() !== new Date(at).toDateString();
  return isNewDay ? html`<li class="day"><span>${words.day(at)}</span></li>` : nothing;
}

// A quarter of an hour later the time is worth showing again.
const continuedWithinMs = 15 * 60_000;

function isContinued(messages, index) {
  const [before, message] = [messages[index - 1], messages[index]];
  if (!before || before.author !== message.author || before.private !== message.private) return false;
  return Math.abs(new Date(message.at) - new Date(before.at)) < continuedWithinMs;
}
