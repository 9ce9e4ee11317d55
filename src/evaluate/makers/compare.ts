/**
 * Floor 5. A trained maker over fresh scenarios, beside its rivals on the same draws: every metric with its standard error, and
 * what the tables are worth in the long run.
 */
import { maker } from '../../../kernels/makers/maker.js';
import type { Quoted } from '../../../kernels/makers/quoted.js';
import { createRollout } from '../../rollout/compiled.js';
import type { Prices } from '../../rollout/recorded.js';
import type { Rollout, RolloutOptions } from '../../rollout/rollout.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import type { Target } from '../../targets/target.js';
import {
  type Estimate,
  estimateOf,
  type Figures,
  FillCounts,
  type FillsAt,
  figuresOf,
  markoutSteps,
  type PathFigures,
  pathsOf,
  summaryOf,
} from './figures.js';
import type { MakerValues } from './market.js';
import { oneAsset } from './one.js';
import type { Replay } from './replay.js';
import { severalAssets } from './several.js';
import type { Rival, Shown } from './way.js';

export interface Compared {
  readonly name: string;
  /** Of what every scenario tells; a ratio that one cannot tell (nothing filled) is left out of its mean. */
  readonly figures: Figures;
  /** The same of each asset alone, in their order; penalties are of all, so its objective is its pnl. */
  readonly byAsset: readonly Figures[];
  /** The trained maker's objective less this one's, scenario by scenario; null of itself. */
  readonly behind: Estimate | null;
  /** Offsets by slice (see `slices`) and inventory, from the least on, at the start. */
  readonly quotes: Quoted;
  readonly qMin: number;
  /** What the table is worth a second in the long run, at the simulation's steps; null where no such figure is known. */
  readonly lasting: number | null;
}

export interface MakerComparison {
  /** What fills are: drawn by the model, or by the trades of a recording. */
  readonly fillsBy: 'draws' | 'recording';
  readonly scenarios: number;
  readonly steps: number;
  /** Seconds of a step. */
  readonly dt: number;
  readonly markout: number;
  readonly assets: readonly string[];
  /** What the rows of quotes are: a state of the market, or an asset and what is held of another; '' where there is one. */
  readonly slices: readonly string[];
  /** Of the tuned policy: how often its quotes filled at each inventory, and how often they should have. */
  readonly fills: readonly FillsAt[];
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
  /** A recording in the place of drawn fills; windows then count from its start. */
  readonly replay?: Replay;
}

export const isMaker = (spec: Pick<RolloutSpec, 'system'>): boolean => spec.system === maker;

/** Yields the share that is done. */
export function* compareMakers(asked: ComparedMaker): Generator<number, MakerComparison, void> {
  const { spec, windows, windowRows, replay } = asked;
  const own = rolloutWith(asked, spec.settings);
  const dt = spec.clock.interval / 1000;
  const way = spec.settings.assets > 1 ? severalAssets : oneAsset;
  const values = ownValues(own, asked.raw);
  const shownBy = (rollout: Rollout, raw: Float64Array, settings: RolloutSpec['settings']) => {
    const mine = ownValues(rollout, raw);
    return { mine, shown: way.shown({ ...spec, settings }, rollout.layout, raw, mine, dt) };
  };
  const pathBy = (rollout: Rollout, raw: Float64Array, settings: RolloutSpec['settings']) => {
    if (replay === undefined) return (window: number) => rollout.path(raw, window, windowRows, 1);
    const { mine, shown } = shownBy(rollout, raw, settings);
    return (window: number) => replay.path(shown.quotes, mine, settings, window, windowRows, 1);
  };
  const start = pathBy(own, asked.raw, spec.settings)(windows[0]).observed.mid;
  const rivals = way.rivals(spec.settings, values, dt, [...start.subarray(0, spec.assets.length)]);
  const total = windows.length * (2 + rivals.length);
  const fills = new FillCounts(spec.settings.thinning === 1);
  let done = 0;
  const measured: (Shown & { name: string; whole: PathFigures[]; each: PathFigures[][] })[] = [];
  const measure = function* (name: string, rollout: Rollout, raw: Float64Array, settings: RolloutSpec['settings']) {
    const { mine, shown } = shownBy(rollout, raw, settings);
    const pathOf = pathBy(rollout, raw, settings);
    const whole: PathFigures[] = [];
    const each: PathFigures[][] = spec.assets.map(() => []);
    for (let w = 0; w < windows.length; w++) {
      const path = pathOf(windows[w]);
      const paths = pathsOf(path, settings, dt);
      if (measured.length === 0) fills.add(paths);
      const found = figuresOf(path, paths, mine, dt, (q) => way.terminal(mine, q));
      whole.push(found.whole);
      for (const [i, x] of found.each.entries()) each[i].push(x);
      done += 1;
      yield done / total;
    }
    measured.push({ name, whole, each, ...shown });
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
  const tuned = measured[0].whole;
  return {
    fillsBy: replay === undefined ? 'draws' : 'recording',
    ...{ scenarios: windows.length, steps: windowRows - 1, dt, markout: markoutSteps(dt) * dt },
    ...{ assets: spec.assets, slices: way.slices(spec.settings, spec.assets), fills: fills.rates() },
    rows: measured.map(({ name, whole, each, quotes, lasting }) => ({
      name,
      figures: summaryOf(whole),
      byAsset: each.map(summaryOf),
      behind: whole === tuned ? null : estimateOf(tuned.map((p, i) => p.objective - whole[i].objective)),
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
