import { eventsUrl } from './api.js';

// A shorter gap is not worth telling: the browser has usually reconnected before it ends.
const quietMs = 2000;
const reopenMs = 2000;

/**
 * Follows what happens in the room until the returned function is called.
 *
 * @param {string} user
 * @param {{ onMessage(message: object): void, onReady(): void, onConnection(connected: boolean): void }} handlers
 * @returns {() => void}
 */
export function openLiveEvents(user, { onMessage, onReady, onConnection }) {
  let source;
  let lostTimer;
  let reopenTimer;

  const lost = () => {
    lostTimer ??= setTimeout(() => onConnection(false), quietMs);
  };
  const found = () => {
    clearTimeout(lostTimer);
    lostTimer = undefined;
    onConnection(true);
  };
  const open = () => {
    source = new EventSource(eventsUrl(user));
    source.addEventListener('ready', () => {
      found();
      onReady();
    });
    source.addEventListener('message', (event) => onMessage(JSON.parse(event.data)));
    source.addEventListener('error', () => {
      lost();
      // An answer other than 200 ends an EventSource for good, for instance while the server starts again.
      if (source.readyState === EventSource.CLOSED) reopenTimer = setTimeout(open, reopenMs);
    });
  };

  lost();
  open();
  return () => {
    clearTimeout(lostTimer);
    clearTimeout(reopenTimer);
    source.close();
  };
}
