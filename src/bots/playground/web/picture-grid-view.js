import { html, nothing } from '/playground/vendor/lit-html/lit-html.js';
import { arrangePictures, picturesPerRow } from './arrange-pictures.js';
import { openViewer } from './viewer.js';

// A running card of more pictures shows one contact sheet, which has its own frames.
const framesMax = 4;

/** The pictures of a message; while a small batch runs, an empty frame stands for each picture that is still to come. */
export function pictureGridView(app, message) {
  const { images, progress } = message;
  const isRunning = progress !== null && progress.done < progress.total;
  const isSheet = isRunning && progress.total > framesMax;
  const count = isRunning && !isSheet ? Math.max(images.length, progress.total) : images.length;
  if (count === 0) return nothing;
  const ratios = Array.from({ length: count }, (_, index) => ratioOf(images[index] ?? images[0]));
  return html`<div class="pictures ${isSheet ? 'pictures-filling' : isRunning ? 'pictures-running' : ''}">
    ${arrangePictures(count, picturesPerRow(count, { isNarrow: app.state.isNarrow, isRunning })).map(
      (row) => html`<div class="picture-row" .style=${`--ratio: ${row.reduce((sum, index) => sum + ratios[index], 0)}`}>
        ${row.map((index) => tileView(app, message, index, ratios[index]))}
      </div>`,
    )}
  </div>`;
}

function tileView(app, message, index, ratio) {
  const image = message.images[index];
  const style = `flex-grow: ${ratio}; aspect-ratio: ${ratio}`;
  if (!image) return html`<span class="tile tile-waiting" .style=${style} aria-hidden="true"></span>`;
  return html`<button
    type="button"
    class="tile"
    .style=${style}
    @click=${() => openViewer(app, message.id, 'images', index)}
  >
    <img class="tile-picture" src=${image.url} alt=${image.alt} width=${image.width ?? nothing} height=${image.height ?? nothing} decoding="async" @error=${onPicture} @load=${onPicture} />
  </button>`;
}

/** A preview may be gone before it is fetched; its frame stays empty until the picture takes its place. */
function onPicture({ type, target }) {
  target.classList.toggle('tile-picture-gone', type === 'error');
}

function ratioOf(image) {
  return image?.width && image.height ? Number((image.width / image.height).toFixed(4)) : 1;
}
