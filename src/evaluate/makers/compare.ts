/**
 * Floor 5. A trained maker over fresh scenarios, beside its rivals on the same draws: every metric with its standard error, and
 * what the tables are worth in the long run.
 */
import { maker } from '../../../kernels/makers/maker.js';
import { type Quoted, quotedBy } from '../../../kernels/makers/quoted.js';
import { steppedValue } from '../../makers/discrete.js';
import { type MakerMetrics, makerMetrics } from '../../makers/metrics.js';
import { createRollout } from '../../rollout/compiled.js';
import type { Prices } from '../../rollout/recorded.js';
import type { Path, Rollout, RolloutOptions } from '../../rollout/rollout.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import type { Target } from '../../targets/target.js';
import { type MakerValues, marketOfValues } from './market.js';
import { type Rival, rivalsOf } from './rivals.js';

/** Seconds after a fill at which the mid is looked at again. */
const MARKOUT = 1;

/** Of one policy's path: `fillGap` is fills seen less expected, of both sides, a second. */
export type PathFigures = MakerMetrics & { readonly fillGap: number };
export type MakerFigure = keyof PathFigures;

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

export interface Compared {
  readonly name: string;
  /** Of what every scenario tells; a ratio that one cannot tell (nothing filled) is left out of its mean. */
  readonly figures: Readonly<Record<MakerFigure, Estimate | null>>;
  /** The trained maker's objective less this one's, scenario by scenario; null of itself. */
  readonly behind: Estimate | null;
  /** Offsets by state and inventory, from the least on, at the start. */
  readonly quotes: Quoted;
  readonly qMin: number;
  /** What the table is worth a second in the long run, at the simulation's steps; null where no such figure is known. */
  readonly lasting: number | null;
}

export interface MakerComparison {
  readonly scenarios: number;
  readonly steps: number;
  /** Seconds of a step. */
  readonly dt: number;
  readonly markout: number;
  readonly rows: readonly Compared[];
}

export interface ComparedMaker {
  /** Complete: with all settings. */
  readonly spec: RolloutSpec;
  readonly data: Prices | null;
  readonly target: Target;
  readonly options: RolloutOptions;
  readonly raw: Float64Array;
  readonly initial: Float64Array;
  readonly windows: ArrayLike<number>;
  readonly windowRows: number;
}

export const isMaker = (spec: Pick<RolloutSpec, 'system'>): boolean => spec.system === maker;

/** Yields the share that is done. */
export function* compareMakers(asked: ComparedMaker): Generator<number, MakerComparison, void> {
  const { spec, windows, windowRows } = asked;
  const own = rolloutWith(asked, spec.settings);
  const dt = spec.clock.interval / 1000;
  const values = ownValues(own, asked.raw);
  const first = own.path(asked.raw, windows[0], windowRows, windowRows - 1).observed.mid[0];
  const rivals = rivalsOf(spec.settings, values, dt, first);
  const total = windows.length * (2 + rivals.length);
  let done = 0;
  const measured: { name: string; paths: PathFigures[]; quotes: Quoted; lasting: number | null }[] = [];
  const measure = function* (name: string, rollout: Rollout, raw: Float64Array, settings: RolloutSpec['settings']) {
    const mine = ownValues(rollout, raw);
    const paths: PathFigures[] = [];
    for (let w = 0; w < windows.length; w++) {
      paths.push(figuresOf(rollout.path(raw, windows[w], windowRows, 1), mine, settings, dt));
      done += 1;
      yield done / total;
    }
    const quotes = quotedBy({ ...spec, settings }, rollout.layout, raw);
    measured.push({ name, paths, quotes, lasting: lastingValue(quotes, mine, settings, dt) });
  };
  try {
    yield* measure('tuned', own, asked.raw, spec.settings);
    yield* measure('before training', own, asked.initial, spec.settings);
  } finally {
    own.dispose();
  }
  for (const rival of rivals) {
    const rollout = rolloutWith(asked, rival.settings);
    try {
      yield* measure(rival.name, rollout, rawOf(rollout, asked, own, rival), rival.settings);
    } finally {
      rollout.dispose();
    }
  }
  const tuned = measured[0].paths;
  return {
    ...{ scenarios: windows.length, steps: windowRows - 1, dt, markout: markoutSteps(dt) * dt },
    rows: measured.map(({ name, paths, quotes, lasting }) => ({
      name,
      figures: summaryOf(paths),
      behind: paths === tuned ? null : estimateOf(tuned.map((p, i) => p.objective - paths[i].objective)),
      quotes,
      qMin: spec.settings.qMin,
      lasting,
    })),
  };
}

const PREFIX = `${maker.name}.`;

const ownValues = (rollout: Rollout, raw: Float64Array): MakerValues =>
  Object.fromEntries(
    Object.entries(rollout.layout.values(raw)).flatMap(([name, x]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), x] as const] : [],
    ),
  );

const rolloutWith = ({ spec, data, target, options }: ComparedMaker, settings: RolloutSpec['settings']): Rollout =>
  createRollout({ ...spec, settings }, data, target, options);

/** The rival's numbers, and those of the source. */
function rawOf(rollout: Rollout, { raw }: ComparedMaker, own: Rollout, { values }: Rival): Float64Array {
  const source = Object.entries(own.layout.values(raw)).filter(([name]) => !name.startsWith(PREFIX));
  const known = new Set(rollout.layout.entries.map((e) => e.name));
  const given = Object.entries(values)
    .map(([name, x]) => [PREFIX + name, x] as const)
    .filter(([name]) => known.has(name));
  return rollout.layout.raws(Object.fromEntries([...given, ...source]));
}

const markoutSteps = (dt: number) => Math.max(1, Math.round(MARKOUT / dt));

const YEAR = 365 * 86_400;

function figuresOf(
  { observed: o }: Path,
  values: MakerValues,
  settings: Readonly<Record<string, number>>,
  dt: number,
): PathFigures {
  const later = (xs: Float64Array) => xs.subarray(1);
  // λe^{−κδ} from the chance of a fill
  const rates = (chances: Float64Array) =>
    later(chances).map((p) => (settings.thinning === 1 ? p : -Math.log1p(-p)) / dt);
  const alpha = values.alpha?.[0] ?? 0;
  const steps = o.q.length - 1;
  const metrics = makerMetrics(
    {
      ...{ dt, q0: o.q[0], mid: o.mid, bidOffset: later(o.bid), askOffset: later(o.ask) },
      ...{ bidFills: later(o.bidFills), askFills: later(o.askFills) },
      ...{ takerBuy: later(o.takerBuys), takerSell: later(o.takerSells) },
      ...{ expectedBid: rates(o.bidChance), expectedAsk: rates(o.askChance) },
    },
    {
      // penalties may differ from state to state: the path has their sum
      ...{ phi: 0, alpha: 0, rebate: values.rebate?.[0] ?? 0, takerCost: values.takerCost?.[0] ?? 0 },
      ...{ horizon: markoutSteps(dt), stepsPerYear: YEAR / dt },
    },
  );
  return {
    ...metrics,
    objective: o.score[steps] - alpha * o.q[steps] ** 2,
    fillGap: metrics.bidFillRate + metrics.askFillRate - metrics.expectedBidFillRate - metrics.expectedAskFillRate,
  };
}

function summaryOf(paths: readonly PathFigures[]): Record<MakerFigure, Estimate | null> {
  const names = Object.keys(paths[0]) as MakerFigure[];
  return Object.fromEntries(
    names.map((name) => [name, estimateOf(paths.map((p) => p[name]).filter((x): x is number => x !== null))]),
  ) as Record<MakerFigure, Estimate | null>;
}

function estimateOf(xs: readonly number[]): Estimate | null {
  const n = xs.length;
  if (n === 0) return null;
  const mean = xs.reduce((a, b) => a + b, 0) / n;
  const variance = n > 1 ? xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1) : Number.NaN;
  return { mean, standardError: Math.sqrt(variance / n) };
}

/** Of quotes that change with time, or takers, or rates that are flat within the spread, no such figure is known here. */
function lastingValue(
  { bid, ask, take }: Quoted,
  values: MakerValues,
  settings: Readonly<Record<string, number>>,
  dt: number,
): number | null {
  const changes = settings.policy === 0 && settings.knots > 1;
  if (changes || settings.spread === 1 || take.flat().some((rate) => rate > 0)) return null;
  const { stepped } = marketOfValues(values, settings, dt);
  return steppedValue(stepped, { bid, ask }, settings.latency === 1 ? 1 : 0).value;
}
