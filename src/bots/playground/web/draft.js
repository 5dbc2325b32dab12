/** Puts `text` into the composer with the cursor at `caret` (default: the end). */
export function setDraft(app, text, caret = text.length) {
  app.change({ draft: text, error: null });
  app.paint();
  const field = document.getElementById('composer-text');
  field.focus();
  field.setSelectionRange(caret, caret);
  growField(field);
}

/** Makes the field as high as its text, where the browser does not do that itself. */
export function growField(field) {
  if (CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
