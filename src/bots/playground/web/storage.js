/** What this browser remembered under `name`, or null; also null where storage is blocked. */
export function recall(name) {
  try {
    return localStorage.getItem(`easel.${name}`);
  } catch {
    return null;
  }
}

/** Remembers `value` in this browser; does nothing where storage is blocked. */
export function remember(name, value) {
  try {
    localStorage.setItem(`easel.${name}`, value);
  } catch {
    // A blocked storage only means that the choice lasts until the page is closed.
  }
}
