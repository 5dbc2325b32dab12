import { ApiError } from './api.js';

let lastId = 0;

/** Attaches files unless they are too large together; a picture gets a preview. */
export function addFiles(app, files) {
  const { attachments, session, words } = app.state;
  const added = files.map((file) => ({ id: ++lastId, file, name: file.name, bytes: file.size, url: null }));
  const all = [...attachments, ...added];
  const limit = session.limits.attachmentBytesMax;
  if (usedBytes(all) > limit) {
    app.change({ error: words.t('error.tooLarge', { limit: words.megabytes(limit) }) });
    return;
  }
  for (const item of added) {
    if (item.file.type.startsWith('image/')) item.url = URL.createObjectURL(item.file);
  }
  app.change({ attachments: all, error: null });
}

export function removeFile(app, id) {
  const { attachments } = app.state;
  const gone = attachments.find((file) => file.id === id);
  if (gone?.url) URL.revokeObjectURL(gone.url);
  app.change({ attachments: attachments.filter((file) => file !== gone), error: null });
  document.getElementById('composer-text').focus();
}

/** The size of all files together, in bytes. */
export function usedBytes(attachments) {
  return attachments.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * The files as the server takes them.
 *
 * @throws {ApiError} for a file that cannot be read, for instance because it was deleted meanwhile
 */
export function encodeFiles(words, attachments) {
  return Promise.all(
    attachments.map(async ({ file, name }) => {
      const base64 = await readBase64(file).catch(() => {
        throw new ApiError('unreadable', words.t('error.unreadable', { name }), 0);
      });
      return { name, type: file.type || 'application/octet-stream', base64 };
    }),
  );
}

function readBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
