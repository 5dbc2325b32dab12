/** Ways to break Easel, each a patch of this folder, with a violation that a run has to find in such a build. */
export const brokenBuilds: Readonly<Record<string, RegExp>> = {
  'skip-outbox-row': /^galleries without a posting/,
  'post-without-key': /^picture \d+ of discord .* is shown [2-9] times, with 0 excuses/,
  'settle-before-commit': /^images whose reserve is not settle plus refund/,
};
