import { addFiles } from './attachments.js';

/** Takes files dropped anywhere on the page, and pictures that are pasted. */
export function receiveFiles(app) {
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
  const show = (isDragging) => {
    if (app.state.isDragging !== isDragging) app.change({ isDragging });
  };
  window.addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  window.addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  window.addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    show(depth > 0);
  });
  window.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    addFiles(app, [...event.dataTransfer.files]);
    document.getElementById('composer-text').focus();
  });
  window.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs put a picture of the copied text beside the text: the text is meant then.
    if (files.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    addFiles(app, files);
  });
}
