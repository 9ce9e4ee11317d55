/**
 * Floor 5. What is particular to a maker of several assets. Its rivals, each in the same market on the same draws:
 *
 *     optimum       the best table of the simulation's own steps
 *     closed form   the affine law of the quadratic approximation (src/makers/riccati.ts)
 *     one by one    each asset as if the others were not there: the best table of its own
 *     fixed         1/κ on both sides
 */
import { policyNumber } from '../../../kernels/makers/policies/index.js';
import { limitsOf } from '../../../kernels/makers/several/grid.js';
import { symmetric } from '../../../kernels/makers/several/market.js';
import { manyMarketOf } from '../../../kernels/makers/several/plain.js';
import { tableName } from '../../../kernels/makers/several/policies.js';
import { severalQuotedBy } from '../../../kernels/makers/several/quoted.js';
import { MOST_PLACES, placesOf } from '../../../kernels/makers/several/run.js';
import { severalClosedForm } from '../../../kernels/makers/several/start.js';
import { steppedOptimum } from '../../makers/discrete-optimum.js';
import { SingularError } from '../../makers/linear.js';
import {
  type ManyQuotes,
  type ManySteppedMarket,
  manySteppedOptimum,
  manySteppedValue,
} from '../../makers/many-discrete.js';
import { gridIndex, inventoryGrid } from '../../makers/problem.js';
import type { MakerValues } from './market.js';
import type { Rival, Way } from './way.js';

type Settings = Readonly<Record<string, number>>;

/** In steps. */
const steppedMarketOf = (settings: Settings, values: MakerValues, dt: number): ManySteppedMarket => ({
  ...manyMarketOf(settings, values),
  dt,
  thinning: settings.thinning === 1 ? 'bernoulli' : 'poisson',
});

/** Inventories of the others that quotes are shown at: the least, none and the most of one other asset. */
const heldOf = ({ qMin, qMax }: Settings): number[] => [...new Set([qMin, 0, qMax])];

/** [asset, other, what is held of it] */
function slicesOf(settings: Settings): [number, number, number][] {
  return Array.from({ length: settings.assets }, (_, i) => i).flatMap((i) => {
    const other = i === 0 ? 1 : 0;
    return heldOf(settings).map((held): [number, number, number] => [i, other, held]);
  });
}

export const severalAssets: Way = {
  slices: (settings, assets) =>
    slicesOf(settings).map(
      ([i, other, held]) => `${assets[i]} with ${held < 0 ? `−${-held}` : held} of ${assets[other]}`,
    ),
  rivals: rivalsOf,
  shown(spec, layout, raw, values, dt) {
    const { settings } = spec;
    const limits = limitsOf(settings);
    const small = placesOf(settings) <= MOST_PLACES;
    const slices = slicesOf(settings).map(([i, other, held]) => {
      const { qMin, qMax } = settings;
      return Array.from({ length: qMax - qMin + 1 }, (_, k) =>
        limits.map((__, j) => (j === i ? qMin + k : j === other ? held : 0)),
      );
    });
    const places = small ? inventoryGrid(limits) : slices.flat();
    const found = severalQuotedBy(spec, layout, raw, places);
    const at = small ? (q: readonly number[]) => gridIndex(limits, q) : null;
    const rows = (side: 'bid' | 'ask') => {
      let next = 0;
      return slices.map((row, s) => {
        const [asset] = slicesOf(settings)[s];
        return row.map((q) => found[side][at === null ? next++ : at(q)][asset]);
      });
    };
    return {
      quotes: { bid: rows('bid'), ask: rows('ask'), take: slices.map((row) => row.map(() => 0)) },
      lasting: small && settings.spread !== 1 ? lastingOf(steppedMarketOf(settings, values, dt), found) : null,
    };
  },
  terminal({ alpha, crossAlpha }, q) {
    return symmetric([...alpha], [...crossAlpha]).reduce(
      (total, row, i) => total + q[i] * row.reduce((sum, x, j) => sum + x * q[j], 0),
      0,
    );
  },
};

function lastingOf(market: ManySteppedMarket, quotes: ManyQuotes): number | null {
  try {
    return manySteppedValue(market, quotes).value;
  } catch (error) {
    // orders that never come: inventories that are left stay away
    if (error instanceof SingularError) return null;
    throw error;
  }
}

function rivalsOf(settings: Settings, values: MakerValues, dt: number): Rival[] {
  const market = steppedMarketOf(settings, values, dt);
  const affine = { ...settings, policy: policyNumber('affine') };
  const zero = market.assets.map(() => 0);
  const flat = {
    offset: market.assets.map((a) => 2 / (a.kappaBid + a.kappaAsk)),
    ...{ slope: zero, tilt: zero, cross: values.correlation.map(() => 0) },
  };
  const tables = placesOf(settings) <= MOST_PLACES && settings.spread !== 1 ? tablesOf(settings, values, market) : [];
  return [
    ...tables.filter((r) => r.name === 'optimum'),
    { name: 'closed form', settings: affine, values: { ...values, ...severalClosedForm(affine, values) } },
    ...tables.filter((r) => r.name !== 'optimum'),
    { name: 'fixed', settings: affine, values: { ...values, ...flat } },
  ];
}

function tablesOf(settings: Settings, values: MakerValues, market: ManySteppedMarket): Rival[] {
  const asTable = (name: string, quotes: ManyQuotes): Rival => ({
    name,
    settings: { ...settings, policy: policyNumber('table') },
    values: {
      ...values,
      ...Object.fromEntries(
        market.assets.flatMap((_, i) =>
          (['bid', 'ask'] as const).map((side) => [
            tableName(side, i),
            quotes[side].map((row) => row[i]).filter((x): x is number => x !== null),
          ]),
        ),
      ),
    },
  });
  try {
    return [asTable('optimum', manySteppedOptimum(market)), asTable('one by one', oneByOne(market))];
  } catch (error) {
    // orders that never come
    if (error instanceof RangeError || error instanceof SingularError) return [];
    throw error;
  }
}

/** The best table of each asset by itself, at all inventories of the others. */
function oneByOne(market: ManySteppedMarket): ManyQuotes {
  const each = market.assets.map(({ qMin, qMax, ...state }, i) =>
    steppedOptimum({
      ...{ qMin, qMax, dt: market.dt, thinning: market.thinning, rebate: market.rebate },
      ...{ states: [{ ...state, phi: market.risk[i][i] }], generator: [[0]] },
    }),
  );
  const grid = inventoryGrid(market.assets);
  const side = (name: 'bid' | 'ask') => grid.map((q) => q.map((x, i) => each[i][name][0][x - market.assets[i].qMin]));
  return { bid: side('bid'), ask: side('ask') };
}
