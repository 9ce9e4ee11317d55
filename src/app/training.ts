/** Floor 5½. What training is given of a session, and what is to be said of its data and of the set that it chose. */
import { DataQuality } from '../data/quality.js';
import { qualitySummary } from '../data/quality-text.js';
import { reachNotes } from '../evaluate/reach.js';
import { rowsOf } from '../rollout/clock.js';
import { startText, validationsSince } from '../train/outcome.js';
import type { TrainProblem } from '../train/problem.js';
import type { TrainState } from '../train/state.js';
import type { TrainResult } from '../train/train.js';
import type { Session } from './prepared.js';

export function problemOf({
  rollout,
  windows,
  initial,
  trainable,
  bounds,
  config,
  spec,
  judge,
}: Session): TrainProblem {
  return {
    rollout,
    judge,
    windows,
    initial,
    trainable,
    bounds,
    spread: config.train.spread,
    metric: spec.objective.name,
    constraints: config.constraints,
  };
}

/** What the steps are of that are counted. */
export const stepsName = ({ config }: Session): string => (config.kind === 'pool' ? 'pool-steps' : 'steps');

/** Whether prices look doubtful; drawn ones never do. */
export function doubtsOf({ dataset }: Session): string[] {
  const prices = dataset === null ? null : qualitySummary(dataset, new DataQuality(dataset).over());
  return prices === null ? [] : [prices];
}

/** A run that another goes on with, and the iterations that it was to have. */
export interface Earlier {
  readonly state: TrainState;
  readonly iterations: number;
}

/** Validations since the best one where a run has used its patience up by them; null where it may go on. */
export function patienceUsed(
  { patience, iterations }: Pick<Session['config']['train'], 'patience' | 'iterations'>,
  { history, best, iteration }: Pick<TrainState, 'history' | 'best' | 'iteration'>,
): number | null {
  const since = validationsSince(history, best);
  // a patience of 0 has no end
  return patience > 0 && since >= patience && iteration < iterations ? since : null;
}

/** That a run goes on by another course of the learning rate than it began with, or is over by its patience. */
export function courseNotes({ config: { train } }: Session, { state, iterations }: Earlier): string[] {
  const isOther = train.schedule !== 'constant' && train.iterations !== iterations;
  const since = patienceUsed(train, state);
  return [
    ...(isOther
      ? [
          `train.iterations: ${train.iterations} in place of ${iterations}: the ${train.schedule} course of the learning rate now ends there, so from iteration ${state.iteration} on this is not the run that ${train.iterations} iterations would have made from the start`,
        ]
      : []),
    ...(since !== null
      ? [
          `train.patience: ${since} validations since iteration ${state.best.iteration} were no better, and ${train.patience} are allowed, so the run is over; to go on give --set train.patience=${since * 2}, or 0 for no end`,
        ]
      : []),
  ];
}

/** What is to be said of a training that is over: one line each. */
export interface Findings {
  /** That no step did better than the start. */
  readonly unmoved: readonly string[];
  /** Of the chosen set: prices beyond its range, constraints that it does not keep. */
  readonly ofSet: readonly string[];
  readonly withoutGradient: readonly string[];
}

/** One roll-out, where the pool has a range. */
export function findingsOf(session: Session, result: TrainResult): Findings {
  const { best, sets } = result.state;
  const unmoved = startText(best, sets);
  const { withoutGradient: names } = result;
  return {
    unmoved: unmoved === null ? [] : [unmoved],
    ofSet: [...reachOn(session, result), ...brokenBounds(result)],
    withoutGradient: names.length === 0 ? [] : [`no gradient ever reached ${names.join(', ')}`],
  };
}

export const digits = (x: number): string => String(Number(x.toPrecision(6)));

/** What is to be said of constraints that the chosen set does not keep. */
const brokenBounds = ({ constraints, selectedOn }: TrainResult): string[] =>
  constraints
    .filter(({ validation }) => validation.fails)
    .map(
      ({ validation: { name, measure, limit } }) =>
        `no set kept ${name} on ${selectedOn}: this one misses it by least (${digits(measure)}, bound ${digits(limit)}); train longer, or loosen the bound`,
    );

/** Minutes between the rows at which a training looks whether prices are within the pool's range. */
const REACH_EVERY = 60;

/** What is to be said of the range of the chosen set, on the split that it was chosen on; one roll-out, where there is a range. */
function reachOn(session: Session, { state, selectedOn }: TrainResult): string[] {
  const on = session.judge?.on ?? session;
  if (on.kind !== 'pool' || on.spec.pool.beyond === undefined) return [];
  const { rollout, split, dataset } = on;
  const [from, to] = split[selectedOn];
  const path = rollout.trajectory(state.best.raw, from, to - from, rowsOf(dataset, REACH_EVERY));
  return reachNotes(path, { assets: dataset.assets, numeraire: dataset.meta.numeraire }, selectedOn);
}
