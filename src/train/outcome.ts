/** Floor 5. What is to be said of a training that is over: whether any step bettered its start, and whether it was done. */
import type { Best, HistoryEntry } from './state.js';

/** Validations over which a rise is measured. */
const LAST = 3;
/** A rise of less than this part of all that validation rose by is none. */
const LEAST_RISE = 0.01;

/** Validations after the best one, which patience counts. */
export function validationsSince(
  history: readonly Pick<HistoryEntry, 'iteration' | 'validation'>[],
  best: Pick<Best, 'iteration'>,
): number {
  let since = 0;
  for (let i = history.length - 1; i >= 0 && history[i].iteration > best.iteration; i--) {
    if (history[i].validation !== null) since++;
  }
  return since;
}

/** How much the best validation rose over the last few of them. */
export interface Rise {
  readonly by: number;
  /** Over how many validations, and from which iteration on. */
  readonly validations: number;
  readonly since: number;
}

/** The rise at the end of a training whose last validation was its best; null where it had come to rest. */
export function stillRising(
  history: readonly Pick<HistoryEntry, 'iteration' | 'validation'>[],
  best: Pick<Best, 'iteration'>,
): Rise | null {
  const measured = history.flatMap(({ iteration, validation }) =>
    validation === null ? [] : [{ iteration, validation }],
  );
  const last = measured.at(-1);
  if (last === undefined || measured.length < 2 || last.iteration !== best.iteration) return null;
  const validations = Math.min(LAST, measured.length - 1);
  const earlier = measured.slice(0, measured.length - validations);
  const top = Math.max(...earlier.map((m) => m.validation));
  const by = last.validation - top;
  if (!(by > LEAST_RISE * (last.validation - measured[0].validation))) return null;
  return { by, validations, since: earlier[earlier.length - 1].iteration };
}

export const risingText = ({ by, validations, since }: Rise): string =>
  `validation was still rising at the last iteration, by ${Number(by.toPrecision(3))} over the last ${validations === 1 ? 'validation' : `${validations} validations`} (from iteration ${since} on): more iterations may do better`;

/** Of a set that stands where it started; null after a step. */
export function startText({ set, iteration }: Pick<Best, 'set' | 'iteration'>, sets: number): string | null {
  if (iteration > 0) return null;
  return set === 0
    ? 'no step of training did better on validation: these are the start values of the config'
    : `no step of training did better on validation: set ${set + 1} of ${sets} at iteration 0 is a start drawn around the values of the config, no result of training`;
}
