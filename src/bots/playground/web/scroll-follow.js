// Nearer to the end than this counts as reading the newest message.
const nearPx = 64;

/**
 * Keeps the newest message in view while the person is at the end of the list, and leaves them alone elsewhere.
 * `follow` is called after every change of the page.
 */
export function createScrollFollow(app) {
  let isAtEnd = true;
  const scroller = () => document.getElementById('messages');
  const follow = () => {
    const element = scroller();
    if (element && isAtEnd) element.scrollTop = element.scrollHeight;
  };
  const resized = new ResizeObserver(follow);
  const observed = new Set();
  return {
    isAtEnd: () => isAtEnd,
    stick() {
      isAtEnd = true;
    },
    onScroll() {
      const element = scroller();
      isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
      if (isAtEnd && app.state.hasUnseen) app.change({ hasUnseen: false });
    },
    follow() {
      for (const id of ['messages', 'message-list']) {
        const element = document.getElementById(id);
        if (!element || observed.has(element)) continue;
        observed.add(element);
        resized.observe(element);
      }
      follow();
    },
  };
}

/** Goes to the newest message. */
export function scrollToEnd(app) {
  app.scroll.stick();
  app.change({ hasUnseen: false });
}
