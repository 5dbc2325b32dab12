/**
 * `messages` with `message` put in place of its older state, or added where its time belongs: two events that follow
 * each other closely may arrive the other way round.
 */
export function mergeMessage(messages, message) {
  const index = messages.findIndex(({ id }) => id === message.id);
  if (index >= 0) return messages.with(index, newer(messages[index], message));
  const before = messages.findLastIndex(({ at }) => at <= message.at);
  return messages.toSpliced(before + 1, 0, message);
}

/** A fetched list, kept no older than what `arrived` while it was on its way. */
export function mergeList(list, arrived) {
  return arrived.reduce(mergeMessage, list);
}

function newer(known, incoming) {
  return incoming.edits >= known.edits ? incoming : known;
}
