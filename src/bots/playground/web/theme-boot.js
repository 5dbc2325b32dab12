// A classic script in the head: a module would run after the first paint and flash the wrong theme.
(() => {
  try {
    const theme = localStorage.getItem('easel.theme');
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be blocked; the system's theme is used then.
  }
})();
