import { html, nothing } from '/playground/vendor/lit-html/lit-html.js';
import { icons } from './icons.js';
import { onViewerKey, turnViewer, viewerPictures } from './viewer.js';

/** The dialog that shows a picture large. */
export function viewerView(app) {
  const { words, viewer } = app.state;
  const pictures = viewerPictures(app.state);
  const picture = pictures[Math.min(viewer?.index ?? 0, pictures.length - 1)];
  return html`<dialog
    class="viewer"
    id="viewer"
    aria-label=${words.t('viewer.title')}
    @close=${() => app.change({ viewer: null })}
    @keydown=${(event) => onViewerKey(app, event)}
  >
    ${picture ? openView(app, pictures, picture) : nothing}
  </dialog>`;
}

function openView(app, pictures, picture) {
  const { t } = app.state.words;
  const number = pictures.indexOf(picture) + 1;
  const close = () => app.change({ viewer: null });
  const turn = (step, label, icon) => html`<button
    type="button"
    class="viewer-turn viewer-${icon}"
    aria-label=${label}
    title=${label}
    @click=${() => turnViewer(app, step)}
  >${icons[icon]}</button>`;
  return html`
    <div class="viewer-bar">
      <p>${pictures.length > 1 ? t('viewer.position', { number, total: pictures.length }) : nothing}</p>
      <a class="viewer-link" href=${picture.url} download=${picture.name ?? ''}>${icons.download}<span>${t('viewer.download')}</span></a>
      <a class="viewer-link" href=${picture.url} target="_blank" rel="noopener">${icons.original}<span>${t('viewer.original')}</span></a>
      <button type="button" class="viewer-close" autofocus aria-label=${t('viewer.close')} title=${t('viewer.close')} @click=${close}>${icons.close}</button>
    </div>
    <figure>
      <div
        class="viewer-stage"
        @click=${(event) => event.target === event.currentTarget && close()}
        @pointerdown=${app.swipe.down}
        @pointerup=${app.swipe.up}
        @pointercancel=${app.swipe.cancel}
      >
        <img src=${picture.url} alt=${picture.alt} width=${picture.width ?? nothing} height=${picture.height ?? nothing} draggable="false" />
      </div>
      <figcaption dir="auto" aria-live="polite">${picture.alt}</figcaption>
    </figure>
    ${pictures.length > 1 ? html`${turn(-1, t('viewer.previous'), 'previous')} ${turn(1, t('viewer.next'), 'next')}` : nothing}
  `;
}
