/** Floor 2. A roll-out asked about some sets after others, where all of them at once would take more memory than there is. */
import { type Resumable, showing } from '../targets/resumable.js';
import { setsOf, sideBySide } from './layout.js';
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
    const answers: A[] = [];
    for (let from = 0; from < sets; from += atOnce) {
      const count = Math.min(atOnce, sets - from);
      const asked = ask(setsOf(raw, sets, from, count));
      answers.push(yield* showing(asked, (share) => (from + share * count) / sets));
    }
    const [first] = answers;
    const whole = (name: keyof A) =>
      sideBySide(
        answers.map((answer) => answer[name]),
        first[name].length / atOnce,
      );
    return Object.fromEntries((Object.keys(first) as (keyof A)[]).map((name) => [name, whole(name)])) as A;
  }
  return {
    layout,
    resumable: {
      value: (raw, windows, rows) => inRuns(raw, (some) => resumable.value(some, windows, rows)),
      tally: (raw, windows, rows) => inRuns(raw, (some) => resumable.tally(some, windows, rows)),
    },
  };
}
