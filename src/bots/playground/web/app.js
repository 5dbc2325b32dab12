import { render } from '/playground/vendor/lit-html/lit-html.js';
import { noCompletion } from './completion.js';
import { pageView } from './page-view.js';
import { receiveFiles } from './receive-files.js';
import { createScrollFollow } from './scroll-follow.js';
import { becomePerson } from './session.js';
import { recall } from './storage.js';
import { currentTheme } from './theme.js';
import { createSwipe, showViewer } from './viewer.js';

const narrow = matchMedia('(max-width: 640px)');
const root = document.getElementById('page');

/** The page's one state; views read it, `change` is the only way to alter it. */
const app = {
  state: {
    session: null,
    words: null,
    messages: [],
    draft: '',
    attachments: [],
    completion: noCompletion,
    error: null,
    isSending: false,
    busyMessages: new Set(),
    unfolded: new Set(),
    viewer: null,
    hasUnseen: false,
    isConnected: true,
    isDragging: false,
    isNarrow: narrow.matches,
    theme: currentTheme(),
    announcement: '',
  },
  isPaintDue: false,
  recalled: 0,
  change(patch) {
    Object.assign(app.state, patch);
    if (app.isPaintDue) return;
    app.isPaintDue = true;
    queueMicrotask(app.paint);
  },
  paint() {
    app.isPaintDue = false;
    if (!app.state.session) return;
    render(pageView(app), root);
    app.scroll.follow();
    showViewer(app);
  },
  become: (name) => becomePerson(app, name),
  onScroll: () => app.scroll.onScroll(),
};
app.scroll = createScrollFollow(app);
app.swipe = createSwipe(app);

narrow.addEventListener('change', () => app.change({ isNarrow: narrow.matches }));
receiveFiles(app);
root.replaceChildren();
await app.become(new URLSearchParams(location.search).get('user') ?? recall('person') ?? 'ada');
document.getElementById('composer-text').focus();
