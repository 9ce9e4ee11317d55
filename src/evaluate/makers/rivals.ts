/**
 * Floor 5. What a trained maker is shown beside: the best table, the framework's heuristic and its grid, one fixed offset. Each
 * quotes in the same market, on the same draws.
 *
 *     optimum      the best table of the simulation's own steps; where offsets within the spread reach no further, of continuous time
 *     heuristic    `apply_state_adjustments` with its defaults, base 1/κ
 *     grid         `optimize_control` at every inventory, base 1/κ, the market in the framework's own terms
 *     fixed        1/κ on both sides, the best where inventory costs nothing
 */
import { policyNumber } from '../../../kernels/makers/policies/index.js';
import { optimize } from '../../../kernels/makers/seed/index.js';
import type { SteppedQuotes } from '../../makers/discrete.js';
import { steppedOptimum } from '../../makers/discrete-optimum.js';
import { longRun } from '../../makers/long-run.js';
import { singleAsset } from '../../makers/problem.js';
import { offsetsBySide } from '../../makers/quotes.js';
import { type MakerValues, marketOfValues } from './market.js';
import type { Rival } from './way.js';

type Settings = Readonly<Record<string, number>>;

/** A table in the place of the policy. */
function asTable(name: string, settings: Settings, values: MakerValues, { bid, ask }: SteppedQuotes): Rival {
  const there = (row: readonly (number | null)[]) => row.filter((x): x is number => x !== null);
  const suffix = (j: number) => (settings.states > 1 ? `_s${j}` : '');
  return {
    name,
    settings: { ...settings, policy: policyNumber('table'), knots: 1, tied: 0 },
    values: {
      ...values,
      ...Object.fromEntries(bid.map((row, j) => [`bid${suffix(j)}`, there(row)])),
      ...Object.fromEntries(ask.map((row, j) => [`ask${suffix(j)}`, there(row)])),
    },
  };
}

const tableOf = ({ qMin, qMax, states }: Settings, of: (j: number, q: number) => { bid: number; ask: number }) => {
  const n = qMax - qMin + 1;
  const rows = Array.from({ length: states }, (_, j) => Array.from({ length: n }, (__, i) => of(j, qMin + i)));
  return {
    bid: rows.map((row) => row.map((x, i) => (i < n - 1 ? x.bid : null))),
    ask: rows.map((row) => row.map((x, i) => (i > 0 ? x.ask : null))),
  };
};

/** @param mid the price that basis points are of */
export function rivalsOf(settings: Settings, values: MakerValues, dt: number, mid: number): Rival[] {
  const of = (name: string, j: number) => values[name]?.[settings.states === 1 ? 0 : j] ?? 0;
  const kappa = (j: number) => (of('kappaBid', j) + of('kappaAsk', j)) / 2;
  const base = 1 / kappa(0);
  const optimum = optimumOf(settings, values, dt);
  return [
    ...(optimum === null ? [] : [asTable('optimum', settings, values, optimum)]),
    {
      name: 'heuristic',
      settings: {
        ...settings,
        policy: policyNumber('heuristic'),
        maxPosition: Math.max(settings.qMax, -settings.qMin),
      },
      // its own coefficients take their defaults
      values: { ...marketOnly(values), base: [(base / mid) * 1e4], pointsOf: [mid] },
    },
    asTable('grid', settings, values, gridOf(settings, of, kappa, mid)),
    asTable(
      'fixed',
      settings,
      values,
      tableOf(settings, () => ({ bid: base, ask: base })),
    ),
  ];
}

const OF_HEURISTIC = ['base', 'skew', 'adverse', 'urgencyThreshold', 'liquidationRate', 'minSpreadRatio'];

const marketOnly = (values: MakerValues): MakerValues =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !OF_HEURISTIC.includes(name)));

/** Null where none is found. */
export function optimumOf(settings: Settings, values: MakerValues, dt: number): SteppedQuotes | null {
  const { one, stepped } = marketOfValues(values, settings, dt);
  try {
    if (settings.spread !== 1) return steppedOptimum(stepped);
    const problem = singleAsset(one);
    const { bid, ask } = offsetsBySide(problem, longRun(problem, -settings.qMin).h);
    const n = settings.qMax - settings.qMin + 1;
    const rows = (flat: readonly (number | null)[]) =>
      Array.from({ length: settings.states }, (_, j) => flat.slice(j * n, (j + 1) * n));
    return { bid: rows(bid), ask: rows(ask) };
  } catch (error) {
    // orders that never come, or states that do not reach each other
    if (error instanceof RangeError || (error as Error).name === 'Error') return null;
    throw error;
  }
}

function gridOf(
  settings: Settings,
  of: (name: string, j: number) => number,
  kappa: (j: number) => number,
  mid: number,
) {
  const points = (x: number) => (x / mid) * 1e4;
  return tableOf(settings, (j, q) => {
    const orders = of('lambdaBid', j) + of('lambdaAsk', j);
    const { control } = optimize.of({
      hjb: { lambdaBase: orders / 2, phi: of('phi', j), takerFeeBps: 2, beta: kappa(j) * mid * 1e-4 },
      state: {
        midPrice: mid,
        inventory: q,
        adverseSelection: 0,
        spreadBps: settings.spread === 1 ? 2 * points(of('halfSpread', 0)) : 0,
        imbalance: orders > 0 ? of('lambdaAsk', j) / orders : 0.5,
      },
      value: { phi: of('phi', j), terminalTime: 86_400, currentTime: 0 },
      baseBps: points(1 / kappa(0)),
    });
    return { bid: (control.bidBps * mid) / 1e4, ask: (control.askBps * mid) / 1e4 };
  });
}
