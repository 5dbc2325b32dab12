import type { Page } from 'playwright-core';

/** What keeps some people from using the page: things without a name, headings, ids, sideways scrolling. */
export function pageFaults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const faults = [];
    const all = (selector) => [...document.querySelectorAll(selector)];
    const describe = (element) => element.outerHTML.slice(0, 120);
    const name = (element) =>
      element.getAttribute('aria-label') || element.textContent.trim() || element.querySelector('img')?.alt || '';
    for (const image of all('img')) if (!image.alt) faults.push('picture without alt: ' + describe(image));
    for (const control of all('button, a[href], dialog, [role=progressbar], [role=listbox]')) {
      if (!name(control)) faults.push('no name: ' + describe(control));
    }
    for (const field of all('input, textarea, select')) {
      if (!field.getAttribute('aria-label') && field.labels.length === 0) faults.push('no label: ' + describe(field));
    }
    if (all('h1').length !== 1) faults.push('h1: ' + all('h1').length);
    if (all('main').length !== 1) faults.push('main: ' + all('main').length);
    const ids = all('[id]').map(({ id }) => id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('id twice: ' + id);
    for (const attribute of ['aria-controls', 'aria-describedby', 'aria-labelledby', 'aria-activedescendant']) {
      for (const element of all('[' + attribute + ']')) {
        if (!document.getElementById(element.getAttribute(attribute))) faults.push('points nowhere: ' + describe(element));
      }
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways');
    return faults;
  })()`);
}
