/** Floor 5. The headline metric at each fee of a grid, of the untuned pool and of the tuned one; the best is a baseline. */
import type { PoolRollout } from '../pools/rollout.js';
import type { PoolSpec } from '../pools/spec.js';
import type { LayoutEntry } from '../rollout/layout.js';
import { nextTurn } from '../targets/turn.js';
import { recorder, type Setting } from './baselines.js';
import { feeEntry, usesClosedForm, withValues } from './parameters.js';
import { recordTests, type Strategy, strategyOf } from './path.js';
import { besideHodl, figureBeside } from './portfolio.js';

/** Fees of the grid in basis points, and those that it is widened by, one after another, while its best is at its edge. */
const [INSIDE, BELOW, ABOVE] = [
  [1, 3, 5, 10, 20, 30, 50, 75, 100, 200],
  [0.5, 0.2, 0.1, 0.05, 0.02, 0.01],
  [300, 500, 1000, 2000, 5000],
].map((fees) => fees.map((bps) => bps / 1e4));

/** Fees that are tried in any case. */
export const FEE_GRID: readonly number[] = INSIDE;

export interface FeePoint {
  readonly fee: number;
  readonly metric: number | null;
}

/** One curve of a grid. */
export interface FeeCurve {
  /** The metric on the test split at each fee, ascending. */
  readonly points: readonly FeePoint[];
  /** Set where the best is still the lowest or the highest fee that was tried. */
  readonly edge: 'lowest' | 'highest' | null;
}

export interface FeeGrid extends FeeCurve {
  /** The best of them on the test split: a rival with hindsight. Null where the metric is defined for none. */
  readonly best: (Strategy & { readonly fee: number }) | null;
  /** The same of the tuned pool, its other parameters as they are. */
  readonly tuned: FeeCurve;
}

/**
 * The untuned and the tuned pool at each fee of the grid; null for pools without a fee.
 *
 * @param hodl the portfolio that returns over HODL are measured by
 */
export async function feeGrid(s: Setting, hodl: Strategy): Promise<FeeGrid | null> {
  const fee = feeEntry(s.spec, s.rollout.layout);
  if (fee === undefined) return null;
  const closed = usesClosedForm(s.spec);
  const rollout = closed ? recorder({ ...s.spec, zeroFee: false }, s) : s.rollout;
  const at = (raw: Float64Array, f: number) => withValues(rollout.layout, raw, { [fee.name]: [f] });
  const curve = (raw: Float64Array) =>
    curveOf(fee, async (fees) => {
      const metrics: (number | null)[] = [];
      for (const path of recordTests(
        rollout,
        fees.map((f) => at(raw, f)),
        s.split,
      )) {
        metrics.push(figureBeside(s, hodl, path));
        await nextTurn(); // a roll-out blocks; signals are heard between them
      }
      return fees.map((f, i) => ({ fee: f, metric: metrics[i] }));
    });
  try {
    const untuned = await curve(s.initial);
    const best = bestOf(untuned.points);
    const row = best === null ? null : bestRow(s, rollout, at(s.initial, best.fee), untuned, best.fee);
    // to the bit that of the row, whose values stand at the scale of a path over all splits
    const points = untuned.points.map((p) =>
      p.fee === row?.fee ? { ...p, metric: besideHodl(row, hodl).metrics.test[s.metric] ?? null } : p,
    );
    const onlyFee = sameBut(fee, s.initial, s.raw);
    return { points, edge: untuned.edge, best: row, tuned: onlyFee ? untuned : await curve(s.raw) };
  } finally {
    if (closed) rollout.dispose();
  }
}

/** Whether two sets differ in nothing but the fee. */
const sameBut = (fee: LayoutEntry, a: Float64Array, b: Float64Array): boolean =>
  a.every((x, k) => k === fee.column || Object.is(x, b[k]));

async function curveOf(
  fee: LayoutEntry,
  measured: (fees: readonly number[]) => Promise<FeePoint[]>,
): Promise<FeeCurve> {
  const [least, most] = fee.parameter.range;
  const within = (fees: readonly number[]) => fees.filter((f) => f >= least && f <= most);
  const points = await measured(within(INSIDE));
  for (const f of within(BELOW)) {
    if (edgeOf(points) !== 'lowest') break;
    points.unshift(...(await measured([f])));
  }
  for (const f of within(ABOVE)) {
    if (edgeOf(points) !== 'highest') break;
    points.push(...(await measured([f])));
  }
  return { points, edge: edgeOf(points) };
}

/** The first of the best. */
function bestOf(points: readonly FeePoint[]): FeePoint | null {
  return points.reduce<FeePoint | null>(
    (best, p) => (p.metric !== null && p.metric > (best?.metric ?? Number.NEGATIVE_INFINITY) ? p : best),
    null,
  );
}

/** At which end the best is, if it is better there than beside it. */
function edgeOf(points: readonly FeePoint[]): FeeCurve['edge'] {
  const best = bestOf(points);
  if (best === null || points.length < 2) return null;
  const beats = (other: FeePoint) => other.metric !== null && (best.metric as number) > other.metric;
  if (best === points[0]) return beats(points[1]) ? 'lowest' : null;
  return best === points[points.length - 1] && beats(points[points.length - 2]) ? 'highest' : null;
}

function bestRow(s: Setting, rollout: PoolRollout, raw: Float64Array, { points, edge }: FeeCurve, fee: number) {
  const note = feeNote(s.spec, points.length, edge, fee);
  return { ...strategyOf('best fixed fee', s.recorded(rollout, raw), s.held, s.split, note), fee };
}

const bps = (fee: number): string => `${Number((fee * 1e4).toPrecision(6))} bps`;

function feeNote(spec: PoolSpec, fees: number, edge: FeeCurve['edge'], fee: number): string {
  const picked = `the untuned pool at ${bps(fee)}, the best of ${fees} fees on the test split itself`;
  return [
    picked,
    ...(spec.flow === null ? ['without flow a fee only defers arbitrage'] : []),
    ...(edge === null ? [] : [edgeText(edge)]),
  ].join('; ');
}

const edgeText = (edge: 'lowest' | 'highest'): string =>
  `it is the ${edge} fee that was tried: a ${edge === 'lowest' ? 'lower' : 'higher'} one may do better`;

/** Of best fees that are at the edge of a grid, however wide it was made. */
export function edgeWarnings(grid: FeeGrid | null): string[] {
  const said = (of: string, { points, edge }: FeeCurve) =>
    edge === null
      ? []
      : [`The best fixed fee of the ${of} pool is ${bps(bestOf(points)?.fee as number)}: ${edgeText(edge)}.`];
  return grid === null ? [] : [...said('untuned', grid), ...(grid.tuned === grid ? [] : said('tuned', grid.tuned))];
}
