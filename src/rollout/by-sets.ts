/** Floor 2. A roll-out asked about some sets after others, where all of them at once would take more memory than there is. */
import { type Resumable, showing } from '../targets/resumable.js';
import type { ResumableRollout, Rollout } from './rollout.js';

/** What is asked forward, of sets that do not notice each other. */
export interface BySets extends Pick<Rollout, 'layout'> {
  readonly resumable: Pick<ResumableRollout, 'value' | 'tally'>;
}

/** The same numbers, by runs of at most so many sets. */
export function bySets({ layout, resumable }: BySets, atOnce: number): BySets {
  function* inRuns<A extends { readonly [K in keyof A]: Float64Array }>(
    raw: Float64Array,
    ask: (some: Float64Array) => Resumable<A>,
  ): Resumable<A> {
    const sets = raw.length / layout.columns;
    if (sets <= atOnce) return yield* ask(raw);
    const runs: { readonly count: number; readonly answer: A }[] = [];
    for (let from = 0; from < sets; from += atOnce) {
      const count = Math.min(atOnce, sets - from);
      const asked = ask(setsOf(raw, sets, from, count));
      const answer = yield* showing(asked, (share) => (from + share * count) / sets);
      runs.push({ count, answer });
    }
    const names = Object.keys(runs[0].answer) as (keyof A)[];
    return Object.fromEntries(
      names.map((name) => [name, sideBySide(runs.map(({ count, answer }) => ({ count, values: answer[name] })))]),
    ) as A;
  }
  return {
    layout,
    resumable: {
      value: (raw, windows, rows) => inRuns(raw, (some) => resumable.value(some, windows, rows)),
      tally: (raw, windows, rows) => inRuns(raw, (some) => resumable.tally(some, windows, rows)),
    },
  };
}

/** Of [rows][S] the sets from `from` on: [rows][count]. */
const setsOf = (values: Float64Array, sets: number, from: number, count: number): Float64Array =>
  Float64Array.from(
    { length: (values.length / sets) * count },
    (_, i) => values[Math.floor(i / count) * sets + from + (i % count)],
  );

/** Of [rows][count] each, [rows][S]. */
function sideBySide(parts: readonly { readonly count: number; readonly values: Float64Array }[]): Float64Array {
  const sets = parts.reduce((sum, { count }) => sum + count, 0);
  const rows = parts[0].values.length / parts[0].count;
  const all = new Float64Array(rows * sets);
  let from = 0;
  for (const { count, values } of parts) {
    for (let row = 0; row < rows; row++) all.set(values.subarray(row * count, (row + 1) * count), row * sets + from);
    from += count;
  }
  return all;
}
