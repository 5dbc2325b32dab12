/** Ways to break Easel, each a patch of this folder, with a violation that a run has to find in such a build. */
export const brokenBuilds: Readonly<Record<string, RegExp>> = {
  'draft-takes-credits': /^(file|draft) of .* the draft .* has booked [1-9]/,
  'keep-deleted-file': /^delete of .* the file of a deleted picture is still there/,
  'private-in-the-room': /^picture \d+ of .* is shown 1 times instead of 0/,
  'zip-without-one': /^zip of .* holds \d+ pictures that are not the \d+ that came/,
  'skip-outbox-row': /^galleries without a posting/,
  'post-without-key': /^picture \d+ of discord .* is shown [2-9] times, with 0 excuses/,
  'settle-before-commit': /^images whose reserve is not settle plus refund/,
};
