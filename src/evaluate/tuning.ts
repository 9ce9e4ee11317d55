/** Floor 5. What training made of the pool: before and after on held-out rows, and what it never reached. */
import { type Rise, risingText, startText, stillRising } from '../train/outcome.js';
import type { EvaluationInput } from './input.js';
import type { Strategy } from './path.js';
import { formatMetric, metricLabel } from './report/format.js';

/** The name of the row. */
export const BEFORE = 'before training';

export interface Tuning {
  /** The headline metric on the test split at the config's own start values, and at the chosen ones. */
  readonly before: number | null;
  readonly after: number | null;
  /** Whether it is more than before; null where it is not known, or where nothing was changed. */
  readonly helped: boolean | null;
  /** Where validation still rose at the last iteration. */
  readonly stillRising: Rise | null;
}

type Trained = Pick<EvaluationInput, 'choice' | 'history'>;

/** Of a pool whose start is known. */
export function tuningOf({ choice, history }: Trained, metric: string, tuned: Strategy, before: Strategy): Tuning {
  const [after, start] = [tuned, before].map((s) => s.metrics.test[metric] ?? null);
  const known = after !== null && start !== null && !isStart(choice);
  return {
    before: start,
    after,
    helped: known ? after > start : null,
    stillRising: stillRising(history, choice),
  };
}

/** Whether the config's own start values were chosen. */
const isStart = ({ set, iteration }: EvaluationInput['choice']): boolean => iteration === 0 && set === 0;

/** What stands beside the headline. */
export function tuningRemarks({ choice }: Trained, metric: string, tuning: Tuning): string[] {
  const start = startText(choice, choice.sets);
  const figure = (x: number | null) => formatMetric(metric, x);
  const said = [
    start,
    tuning.helped === false
      ? `training did not help on the rows held out: ${metricLabel(metric)} is ${figure(tuning.after)}, and ${figure(tuning.before)} with the start values of the config`
      : null,
    tuning.stillRising && risingText(tuning.stillRising),
  ];
  return said.filter((text) => text !== null).map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

/** Of the parameters that training was to move and that nothing simulated depended on. */
export const idleWarnings = (idle: readonly string[]): string[] =>
  idle.length === 0
    ? []
    : [
        `No gradient ever reached ${idle.join(', ')}: training did not touch ${idle.length === 1 ? 'it' : 'them'}, for nothing that was simulated depends on ${idle.length === 1 ? 'it' : 'them'}.`,
      ];
