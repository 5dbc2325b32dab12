import { getMessages, getSession } from './api.js';
import { openLiveEvents } from './live-events.js';
import { mergeList, mergeMessage } from './merge-messages.js';
import { remember } from './storage.js';
import { createWords } from './words.js';

const firstPerson = 'ada';
const retryMs = 2000;

let turn = 0;
let stopEvents = () => {};

/** Shows the room as one of the seeded people sees it, in their language, and follows it from then on. */
export async function becomePerson(app, name) {
  const mine = ++turn;
  const loaded = await load(name, () => mine === turn);
  if (!loaded || mine !== turn) return;
  stopEvents();
  const { session, messages } = loaded;
  document.documentElement.lang = session.locale;
  const words = createWords(session.strings, session.locale);
  document.title = words.t('page.title');
  remember('person', session.user);
  app.scroll.stick();
  app.change({ session, words, messages, error: null, viewer: null, hasUnseen: false, announcement: '' });
  app.paint();
  followRoom(app, session.user);
}

/** Until the first answer there are no words to complain with, so the page keeps trying. */
async function load(name, isWanted) {
  while (isWanted()) {
    try {
      const [session, messages] = await Promise.all([getSession(name), getMessages(name)]);
      return { session, messages };
    } catch (error) {
      if (error.status === 404 && name !== firstPerson) return load(firstPerson, isWanted);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  return null;
}

function followRoom(app, user) {
  // What arrives while the list is on its way may be newer than the list.
  let arrived = null;
  let isOpen = true;
  const close = openLiveEvents(user, {
    onMessage(message) {
      arrived?.push(message);
      receive(app, message);
    },
    async onReady() {
      arrived = [];
      // What is shown stays until the next connection asks again.
      const list = await getMessages(user).catch(() => null);
      if (list && isOpen) app.change({ messages: mergeList(list, arrived ?? []) });
      arrived = null;
    },
    onConnection(isConnected) {
      if (isConnected !== app.state.isConnected) app.change({ isConnected });
    },
  });
  stopEvents = () => {
    isOpen = false;
    close();
  };
}

function receive(app, message) {
  const { messages, session } = app.state;
  const before = messages.find(({ id }) => id === message.id);
  const isNews = !before && message.author !== session.user;
  app.change({
    messages: mergeMessage(messages, message),
    ...(isNews && !app.scroll.isAtEnd() && { hasUnseen: true }),
    ...((isNews || hasFinished(before, message)) && { announcement: spokenText(app.state, message) }),
  });
}

/** A running card changes many times; only its end is read aloud. */
function hasFinished(before, { progress }) {
  return before?.progress && progress && before.progress.done < progress.total && progress.done >= progress.total;
}

function spokenText({ session }, message) {
  const author = session.users.find(({ name }) => name === message.author)?.displayName ?? 'Easel';
  return `${author}: ${[message.title, ...(message.lines ?? [])].filter(Boolean).join(' ') || message.text}`;
}
