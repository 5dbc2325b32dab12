import { html, svg } from '/playground/vendor/lit-html/lit-html.js';

const line = (shape) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;

export const icons = {
  easel: line(
    svg`<rect x="4" y="4.5" width="16" height="10.5" rx="1.8"/><path d="M12 4.5V2.5M8 15l-2.6 6.5M16 15l2.6 6.5M12 15v4"/>`,
  ),
  auto: line(svg`<circle cx="12" cy="12" r="8.5"/><path class="solid" d="M12 3.5a8.5 8.5 0 0 1 0 17z"/>`),
  light: line(
    svg`<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"/>`,
  ),
  dark: line(svg`<path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/>`),
  attach: line(
    svg`<path d="m20 11.5-8.2 8.2a5 5 0 0 1-7.1-7.1l8.6-8.6a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7"/>`,
  ),
  send: line(svg`<path d="M12 19.5v-15M5.5 11 12 4.5 18.5 11"/>`),
  close: line(svg`<path d="m6 6 12 12M18 6 6 18"/>`),
  next: line(svg`<path d="m9 5 7 7-7 7"/>`),
  previous: line(svg`<path d="m15 5-7 7 7 7"/>`),
  down: line(svg`<path d="M12 4.5v15M5.5 13l6.5 6.5 6.5-6.5"/>`),
  download: line(svg`<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>`),
  original: line(
    svg`<path d="M13.5 4.5h6v6M19.5 4.5l-8.5 8.5M18 14v4.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 4 18.5v-11A1.5 1.5 0 0 1 5.5 6H10"/>`,
  ),
  private: line(svg`<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>`),
  file: line(
    svg`<path d="M13.5 3.5h-7A1.5 1.5 0 0 0 5 5v14a1.5 1.5 0 0 0 1.5 1.5h11A1.5 1.5 0 0 0 19 19V9zM13.5 3.5V9H19"/>`,
  ),
  picture: line(
    svg`<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><circle cx="9" cy="10" r="1.6"/><path d="m4 17.5 5-4.5 3.5 3 3-2.5 5 4"/>`,
  ),
  success: line(svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`),
  warning: line(svg`<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2"/>`),
  error: line(svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16v.2"/>`),
  info: line(svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.8V8"/>`),
};
