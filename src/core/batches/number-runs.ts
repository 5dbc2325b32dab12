/** Numbers as people write them: three and more in a row are `1–3`. Each once, in order. */
export function numberRuns(numbers: readonly number[], dash: '–' | '-' = '–'): (number | string)[] {
  const runs: number[][] = [];
  for (const number of [...new Set(numbers)].sort((one, other) => one - other)) {
    const run = runs.at(-1);
    if (run?.at(-1) === number - 1) run.push(number);
    else runs.push([number]);
  }
  return runs.flatMap<number | string>((run) => (run.length < 3 ? run : [`${run[0]}${dash}${run.at(-1)}`]));
}

/** Numbers as people type them: `1-3,7`. */
export function typedNumbers(numbers: readonly number[]): string {
  return numberRuns(numbers, '-').join(',');
}
