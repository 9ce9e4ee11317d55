/** Floor 5. One window of a compute market as it went, and what a shock does to it: a tenth of every stock is destroyed. */
import { computeMarket } from '../../../kernels/compute/market.js';
import { constant, where } from '../../graph/index.js';
import { createRollout } from '../../rollout/compiled.js';
import type { Row, Source } from '../../rollout/model.js';
import type { Rollout, RolloutOptions } from '../../rollout/rollout.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import type { Target } from '../../targets/target.js';
import type { FixedWindows } from '../../train/windows.js';

export const isMarket = (spec: Pick<RolloutSpec, 'system'>): boolean => spec.system === computeMarket;

/** Samples of a window. */
const SAMPLES = 240;

export interface Trace {
  /** Steps after the first row, by sample. */
  readonly steps: Float64Array;
  /** By name: samples × numbers, row-major. */
  readonly observed: Readonly<Record<string, Float64Array>>;
}

export function traceOf(rollout: Rollout, raw: Float64Array, { windows, windowRows }: FixedWindows): Trace {
  const every = Math.max(1, Math.ceil((windowRows - 1) / SAMPLES));
  const { observed } = rollout.path(raw, windows[0], windowRows, every);
  const samples = Math.floor((windowRows - 1) / every) + 1;
  return { steps: Float64Array.from({ length: samples }, (_, t) => t * every), observed };
}

/** Column k of what was observed by name. */
export function columnIn({ steps, observed }: Trace, name: string, k: number): Float64Array {
  const width = observed[name].length / steps.length;
  return Float64Array.from(steps, (_, t) => observed[name][t * width + k]);
}

/** Steps before the shock, and those that are shown after it. */
const BEFORE = 30;
const AFTER = 240;
/** The part of each stock that is lost. Half would call for 2^η times the supply within one step, which is none of a market. */
const LOST = 0.1;
/** Prices this near to those without the shock have recovered. */
const WITHIN = 0.01;

export interface Shock {
  /** Steps since the shock. */
  readonly steps: Float64Array;
  /** By set, price over that without the shock, less 1, of each resource in turn: [resources][samples]. */
  readonly tuned: readonly Float64Array[];
  readonly start: readonly Float64Array[];
}

/** Steps after which a price stays within 1 % of what it is without the shock; null where it does not come back. */
export function recovery(steps: Float64Array, off: Float64Array): number | null {
  let t = off.length;
  while (t > 0 && Math.abs(off[t - 1]) <= WITHIN) t -= 1;
  return t === off.length ? null : Math.max(0, steps[t]);
}

/** The same draws with a part of every stock gone at a step. */
const shocked = (model: Source, resources: number): Source => ({
  ...model,
  rows: { ...model.rows, destroyed: 'part of each stock that is lost' },
  run(c) {
    const run = model.run(c);
    const none = (row: Row): Row => ({ ...row, destroyed: Array.from({ length: resources }, () => constant(0)) });
    return {
      ...run,
      init: () => {
        const { state, row } = run.init();
        return { state, row: none(row) };
      },
      step: (state, t) => {
        const next = run.step(state, t);
        const lost = where(t.equal(BEFORE), LOST, 0);
        return { state: next.state, row: { ...next.row, destroyed: Array.from({ length: resources }, () => lost) } };
      },
    };
  },
});

/** Null where rows are recorded, or a window is too short. Arbitrage is off: what workers and jobs do by themselves. */
export function shockOf(
  spec: RolloutSpec,
  target: Target,
  options: RolloutOptions,
  {
    raw,
    initial,
    windows,
  }: { readonly raw: Float64Array; readonly initial: Float64Array; readonly windows: FixedWindows },
): Shock | null {
  const { source } = spec;
  const rows = BEFORE + AFTER + 1;
  if (source.kind !== 'drawn' || windows.windowRows < rows) return null;
  const calm = { ...spec, settings: { ...spec.settings, arbitrage: 0 } };
  const struck = { ...calm, source: { ...source, model: shocked(source.model, spec.assets.length) } };
  const [a, b] = [calm, struck].map((s) => createRollout(s, null, target, options));
  try {
    const n = spec.assets.length;
    const off = (set: Float64Array) => {
      const [without, withIt] = [a, b].map((r) => r.path(set, windows.windows[0], rows, 1).observed.price);
      return Array.from({ length: n }, (_, i) =>
        Float64Array.from({ length: rows }, (_x, t) => withIt[t * n + i] / without[t * n + i] - 1),
      );
    };
    return { steps: Float64Array.from({ length: rows }, (_, t) => t - BEFORE), tuned: off(raw), start: off(initial) };
  } finally {
    a.dispose();
    b.dispose();
  }
}
