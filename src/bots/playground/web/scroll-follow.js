// Nearer to the end than this counts as reading the newest message.
const nearPx = 64;

/**
 * Keeps the newest message in view while the person is at the end of the list, and leaves them alone elsewhere.
 * `follow` is called after every change of the page.
 */
export function createScrollFollow(app) {
  let isAtEnd = true;
  let lastTop = 0;
  const scroller = () => document.getElementById('messages');
  const isNearEnd = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
  /** Where the person is; a scroll by hand counts before its event comes, which may be a frame later. */
  const look = () => {
    const element = scroller();
    if (element && element.scrollTop < lastTop && !isNearEnd(element)) isAtEnd = false;
    return isAtEnd;
  };
  const follow = () => {
    const element = scroller();
    if (!element) return;
    if (look()) element.scrollTop = element.scrollHeight;
    lastTop = element.scrollTop;
  };
  const resized = new ResizeObserver(follow);
  const observed = new Set();
  return {
    isAtEnd: look,
    stick() {
      isAtEnd = true;
    },
    onScroll() {
      const element = scroller();
      isAtEnd = isNearEnd(element);
      lastTop = element.scrollTop;
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
