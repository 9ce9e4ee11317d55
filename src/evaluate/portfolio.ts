/**
 * Floor 5. The portfolio by which returns over HODL are measured: one for all rows, the tuned pool's reserves at a split's
 * first row, held. Measured each by its own reserves, a pool that starts with what will fall, and falls, may be the best.
 */
import type { Setting } from './baselines.js';
import { bySplitName, type Metrics, metricsOf, type Path, type Strategy } from './path.js';

/** The metric of the one portfolio. */
const OVER_HODL = 'returns_over_hodl';

/** (1 + return)/(1 + return of the portfolio) − 1 */
function over(returns: number | null | undefined, hodl: number | null | undefined): number | null {
  if (returns === null || returns === undefined || hodl === null || hodl === undefined) return null;
  const ratio = (1 + returns) / (1 + hodl) - 1;
  return Number.isFinite(ratio) ? ratio : null;
}

/** Figures of one split beside those of the portfolio. */
export const beside = (metrics: Metrics, hodl: Metrics): Metrics => ({
  ...metrics,
  [OVER_HODL]: over(metrics.returns, hodl.returns),
});

/** A rival's figures with its returns over the portfolio in the place of those over its own reserves. */
export const besideHodl = <S extends Strategy>(s: S, hodl: Strategy): S => ({
  ...s,
  metrics: bySplitName((name) => beside(s.metrics[name], hodl.metrics[name])),
});

/** The evaluation's metric of the rows of the test split. */
export function figureBeside({ metric, held, split }: Setting, hodl: Strategy, path: Path): number | null {
  const metrics = metricsOf(path, held, split.test, metric === OVER_HODL ? ['returns'] : [metric]);
  return (metric === OVER_HODL ? beside(metrics, hodl.metrics.test) : metrics)[metric] ?? null;
}
