import { recall, remember } from './storage.js';

const themes = ['auto', 'light', 'dark'];

/** The chosen theme: `auto` follows the system. */
export function currentTheme() {
  const theme = recall('theme');
  return theme !== null && themes.includes(theme) ? theme : 'auto';
}

/** The theme that comes after `theme` when the toggle is pressed. */
export function themeAfter(theme) {
  return themes[(themes.indexOf(theme) + 1) % themes.length];
}

/** Shows `theme` and remembers it in this browser. */
export function useTheme(theme) {
  remember('theme', theme);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
