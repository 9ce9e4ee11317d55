/** Floor 5. What the papers' first table says of prices, of losses and of depth. */

import { costOf, priceOf, type Venue } from '../../compute/curve.js';
import { depthWithin } from '../../compute/metrics.js';
import type { Case, Chart, Claim, Figure } from '../claim.js';
import { type Lab, type Mean, meanOf } from '../lab.js';
import { routeMany } from '../latency.js';
import { STOCK } from '../market.js';
import { plain } from '../text.js';
import { DELAYS, type Measure, paired, RHOS, type Sample, type TableOne, tableOne, WINDOWS } from './table-one.js';

const TABLE = 'HIP-004, “Performance Metrics”: testnet, 30 days; hanzo-hmm.tex, §10.2';
/** A difference is a claim's where it has its sign and at least this part of its size. */
const PART = 0.5;
/** Standard errors that a difference must exceed the bound by. */
const SURE = 2;

export const figure = (name: string, { mean, error }: Mean, unit: string, printed?: number): Figure => ({
  name,
  value: mean,
  error,
  unit,
  ...(printed === undefined ? {} : { printed }),
});

/** The default of the papers among RHOS. */
const DEFAULT = RHOS.indexOf(0.05);

/** A measure of oracle pools by delay and window, on the mean path. */
const oracleGrid = (one: TableOne, measure: Measure, caption: string, unit: string): Chart => ({
  kind: 'grid',
  caption: `${caption} of an oracle pool: ${one.law.name}`,
  across: { label: 'window W, minutes', values: WINDOWS },
  down: { label: 'delay L, minutes', values: DELAYS },
  values: one.oracles.map((row) => row.map((s) => meanOf(s[measure]).mean)),
  unit,
});

/** A measure of pools over ρ, a line a law. */
const byRho = (all: readonly TableOne[], measure: Measure, caption: string): Chart => ({
  kind: 'lines',
  caption,
  label: 'curvature ρ',
  lines: all.map((one) => ({
    name: one.law.name,
    points: RHOS.map((rho, k) => ({ x: rho, y: meanOf(one.pools[k][measure]).mean })),
  })),
});

/** The pool at the papers' default less each oracle, path by path: which by at least a bound. */
function beside(all: readonly TableOne[], measure: Measure, bound: number): Case[] {
  return all.flatMap((one) =>
    one.oracles.flatMap((row, i) =>
      row.map((oracle, j) => {
        const { mean, error } = paired(one.pools[DEFAULT][measure], oracle[measure]);
        return { at: `${one.law.name}, L = ${DELAYS[i]}, W = ${WINDOWS[j]}`, holds: mean - SURE * error >= bound };
      }),
    ),
  );
}

const SHOWN: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 15],
  [15, 30],
  [0, 240],
];

/** Pools by ρ and some oracles, law by law. */
function rows(all: readonly TableOne[], measure: Measure, unit: string): Figure[] {
  return all.flatMap((one) => [
    ...RHOS.map((rho, k) => figure(`${one.law.name}: ρ = ${rho}`, meanOf(one.pools[k][measure]), unit)),
    ...SHOWN.map(([delay, window]) => {
      const of: Sample = one.oracles[DELAYS.indexOf(delay as never)][WINDOWS.indexOf(window as never)];
      return figure(`${one.law.name}: oracle, L = ${delay}, W = ${window}`, meanOf(of[measure]), unit);
    }),
  ]);
}

const share = (cases: readonly Case[]): string => `${cases.filter((c) => c.holds).length} of ${cases.length}`;

export const priceStability: Claim = {
  id: 'price-stability',
  sentence: 'Price stability (7d): 98.7 % against 89.2 % of an oracle-based pool.',
  source: TABLE,
  experiment:
    'Stability 1 − sd(p)/mean(p) over 7 days of minutes on the same paths, of pools by ρ and of oracle pools by delay and window. It counts as true where the pool at ρ = .05 is steadier by at least half of the 9.5 points, by 2 standard errors.',
  async run(lab) {
    const all = await tableOne(lab);
    const cases = beside(all, 'stability', PART * 0.095);
    const outside = all.map((one) => figure(`${one.law.name}: outside price`, meanOf(one.outside), '%'));
    return {
      cases,
      says: 'Every design is as steady as the price outside, to a tenth of a point; a longer average is steadier and more wrong. Steadiness says nothing without the tracking error beside it.',
      figures: [
        ...outside,
        ...rows(all, 'stability', '%'),
        ...rows(all, 'tracking', 'bps').map((f) => ({ ...f, name: `tracking error, ${f.name}` })),
      ],
      charts: [
        oracleGrid(all[0], 'stability', 'Stability', '%'),
        oracleGrid(all[0], 'tracking', 'Tracking error', 'bps'),
        byRho(all, 'tracking', 'Tracking error of the pool, RMSE of ln(p/P)'),
      ],
    };
  },
};

export const impermanentLoss: Claim = {
  id: 'impermanent-loss',
  sentence: 'LP impermanent loss: 2.8 % against 4.1 % of an oracle-based pool.',
  source: TABLE,
  experiment:
    'Worth without the fees of clients and workers against holding, after 7 days on the same paths. It counts as true where the pool at ρ = .05 loses less than the oracle pool by at least half of the 1.3 points, by 2 standard errors.',
  async run(lab) {
    const all = await tableOne(lab);
    const cases = beside(all, 'loss', PART * 0.013);
    const stale = DELAYS.flatMap((l) => WINDOWS.map((w) => l + 0.75 * w));
    const holding = cases.map((c, k) => ({ ...c, age: stale[k % stale.length] })).filter((c) => c.holds);
    const least = holding.length === 0 ? Number.NaN : Math.min(...holding.map((c) => c.age));
    return {
      cases,
      where: `the oracle is stale (L + .75 W of ${least.toFixed(1)} minutes or more; ${share(cases)} of the oracles)`,
      says: 'Against a stale oracle by far more than is claimed; a fresh one has none of it. Curvature is not what does it: the loss grows with ρ. Hedged, pool and fresh oracle draw. What an oracle loses is decided by the part of its stock that arbitrage takes a minute, 5 % here.',
      figures: [
        ...rows(all, 'loss', '%'),
        ...rows(all, 'hedged', '%').map((f) => ({ ...f, name: `hedged return, ${f.name}` })),
        ...all.flatMap((one) =>
          one.arbitraged.map(({ share: part, sample }) =>
            figure(
              `hedged return, ${one.law.name}: oracle, L = 15, W = 30, ${plain(100 * part)} % of the stock taken a minute`,
              meanOf(sample.hedged),
              '%',
            ),
          ),
        ),
      ],
      charts: [
        oracleGrid(all[0], 'loss', 'Loss without fees against holding', '%'),
        oracleGrid(all[0], 'hedged', 'Hedged return, fees and all,', '%'),
        byRho(all, 'loss', 'Impermanent loss of the pool'),
        byRho(all, 'hedged', 'Hedged return of the pool, a week'),
      ],
    };
  },
};

const venueAt = (rho: number): Venue => ({ rho, scale: 1, psi: STOCK, theta: STOCK });
const BOUND = 0.01;
const PRINTED_DEPTH = 0.153;
const DEPTHS = [0.05, 0.071, 0.2, 0.5] as const;
const ORDERS = 20_000;
const MEAN_ORDER = 0.01;
const ORDER_SPREAD = 1.2;

/** Sizes of orders, parts of Ψ: log-normal of a given mean. */
export function orderSizes(lab: Lab, stream: number, count = ORDERS): number[] {
  const normal = lab.normal(stream);
  const shift = Math.log(MEAN_ORDER) - ORDER_SPREAD ** 2 / 2;
  return Array.from({ length: count }, () => Math.exp(shift + ORDER_SPREAD * normal()));
}

/** Notional of orders whose mean price is within the bound; each at the pool as it was. */
function executed(rho: number, sizes: readonly number[]): number[] {
  const v = venueAt(rho);
  const limit = (1 + BOUND) * priceOf(v);
  return sizes.map((size) => {
    const r = size * STOCK;
    if (r >= v.psi) return 0;
    const cost = costOf(v, r);
    return cost <= limit * r ? cost : 0;
  });
}

/** Σa/Σb with its standard error (delta method). */
function ratio(a: readonly number[], b: readonly number[]): Mean {
  const [top, bottom] = [meanOf(a).mean, meanOf(b).mean];
  const mean = top / bottom;
  return { mean, error: meanOf(a.map((x, k) => (x - mean * b[k]) / bottom)).error };
}

export const capitalEfficiency: Claim = {
  id: 'capital-efficiency',
  sentence: 'Capital efficiency: + 15.3 %.',
  source: TABLE,
  experiment:
    'Notional executed with a mean price within 1 % of the marginal one, over worth locked, against ρ = 0: of the curve alone, and of log-normal orders (mean 1 % of Ψ, σ 1.2). It counts as true where the gain is at least half of 15.3 %.',
  run(lab) {
    const sizes = orderSizes(lab, 11);
    const base = executed(0, sizes);
    const curve = (rho: number) => depthWithin(venueAt(rho), BOUND) / depthWithin(venueAt(0), BOUND) - 1;
    const tape = DEPTHS.map((rho) => {
      const { mean, error } = ratio(executed(rho, sizes), base);
      return { mean: mean - 1, error };
    });
    let [low, high] = [0, 0.5];
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (curve(middle) < PRINTED_DEPTH) low = middle;
      else high = middle;
    }
    const cases = DEPTHS.map((rho, k) => ({
      at: `ρ = ${rho}`,
      holds: curve(rho) >= PART * PRINTED_DEPTH && tape[k].mean - SURE * tape[k].error >= PART * PRINTED_DEPTH,
    }));
    const grid = Array.from({ length: 19 }, (_, k) => k / 30);
    return {
      cases,
      says: `Sign and order hold: depth near the centre is (1 + ρ)/(1 − ρ) times that of constant product, whatever the market does. 15.3 % takes ρ = ${high.toFixed(3)} instead of .05.`,
      figures: [
        ...DEPTHS.map((rho) => ({ name: `curve alone, ρ = ${rho}`, value: curve(rho), unit: '%', printed: 0.153 })),
        ...DEPTHS.map((rho, k) => figure(`tape of orders, ρ = ${rho}`, tape[k], '%', PRINTED_DEPTH)),
        { name: 'ρ at which the curve has 15.3 %', value: high, unit: '' },
      ],
      charts: [
        {
          kind: 'lines',
          caption: 'Executed within 1 % over worth locked, against ρ = 0, less 1',
          label: 'curvature ρ',
          lines: [
            { name: 'curve alone', points: grid.map((rho) => ({ x: rho, y: curve(rho) })) },
            { name: 'tape of orders', points: DEPTHS.map((rho, k) => ({ x: rho, y: tape[k].mean })) },
            { name: 'printed', dashed: true, points: grid.map((rho) => ({ x: rho, y: PRINTED_DEPTH })) },
          ],
        },
      ],
    };
  },
};

const PRINTED_LATENCY = 182;

export const quoteLatency: Claim = {
  id: 'quote-latency',
  sentence: 'Quote latency: 182 ms against 341 ms; mean, p99 423 ms.',
  source: 'HIP-004, “Performance Metrics”; hanzo-hmm.tex, §10.5',
  experiment:
    'Time of a quote of five resources over 40 venues, in this process and without any network. It counts as true where 99 of 100 take less than 182 ms. The rest of the printed figures is their network, of which a simulation says nothing.',
  run(lab) {
    const { p50, p99, quotes } = routeMany(lab);
    return {
      cases: [{ at: 'the time of the solver alone', holds: p99 < PRINTED_LATENCY }],
      says: `The solver takes microseconds, so what is printed is the time of a network and of a chain.`,
      figures: [
        { name: `p50 of ${quotes} quotes`, value: p50, unit: 'ms', printed: PRINTED_LATENCY },
        { name: `p99 of ${quotes} quotes`, value: p99, unit: 'ms', printed: 423 },
      ],
      charts: [],
    };
  },
};
