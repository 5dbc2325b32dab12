/** Opens one picture of a message large. `kind` is `images` or `attachments`. */
export function openViewer(app, messageId, kind, index) {
  app.change({ viewer: { messageId, kind, index } });
}

/** Goes `step` pictures on, round at either end. */
export function turnViewer(app, step) {
  const { viewer } = app.state;
  const { length } = viewerPictures(app.state);
  if (length > 0) app.change({ viewer: { ...viewer, index: (viewer.index + step + length) % length } });
}

/** The pictures that can be paged through; a running card's grow while one looks at them. */
export function viewerPictures({ viewer, messages, words }) {
  const message = viewer && messages.find(({ id }) => id === viewer.messageId);
  if (!message) return [];
  if (viewer.kind === 'images') return message.images;
  return message.attachments.map(({ url, name }) => ({ url, name, alt: words.t('message.attachment', { name }) }));
}

/** Brings the dialog in line with the state; the browser gives the focus back when it closes. */
export function showViewer(app) {
  const dialog = document.getElementById('viewer');
  const isWanted = viewerPictures(app.state).length > 0;
  if (isWanted && !dialog.open) dialog.showModal();
  if (!isWanted && dialog.open) dialog.close();
}

export function onViewerKey(app, event) {
  const { length } = viewerPictures(app.state);
  const { index } = app.state.viewer;
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -index, End: length - 1 - index }[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  turnViewer(app, step);
}

// Shorter movements are taps.
const swipePx = 48;

/** Handlers that turn a horizontal swipe of one finger into a step. */
export function createSwipe(app) {
  let start = null;
  return {
    down(event) {
      start = event.pointerType === 'touch' && event.isPrimary ? { x: event.clientX, y: event.clientY } : null;
    },
    up(event) {
      if (!start) return;
      const [x, y] = [event.clientX - start.x, event.clientY - start.y];
      start = null;
      if (Math.abs(x) > swipePx && Math.abs(x) > 1.5 * Math.abs(y)) turnViewer(app, x < 0 ? 1 : -1);
    },
    cancel() {
      start = null;
    },
  };
}
