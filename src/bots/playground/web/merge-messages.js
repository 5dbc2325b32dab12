/** `messages` with `message` added at the end or put in place of its older state. */
export function mergeMessage(messages, message) {
  const index = messages.findIndex(({ id }) => id === message.id);
  if (index < 0) return [...messages, message];
  return messages.with(index, newer(messages[index], message));
}

/** A fetched list, kept no older than what `arrived` while it was on its way. */
export function mergeList(list, arrived) {
  return arrived.reduce(mergeMessage, list);
}

function newer(known, incoming) {
  return incoming.edits >= known.edits ? incoming : known;
}
