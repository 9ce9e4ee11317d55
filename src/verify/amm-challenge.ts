/** Floor 5. Cases of the AMM challenge: single steps, paths with given prices and orders, means over drawn simulations. */
import { z } from 'zod';
import { PATH_ROWS, pathProgram, STEP_START, stepProgram } from '../../kernels/competition/cases.js';
import { edge } from '../../kernels/competition/edge.js';
import type { Rules } from '../../kernels/competition/game.js';
import type { FeeLaw } from '../../kernels/competition/law.js';
import { laws } from '../../kernels/competition/laws/index.js';
import { challengeMarket } from '../../kernels/competition/market.js';
import { ammChallenge } from '../../kernels/competition/system.js';
import { UserError } from '../errors.js';
import { createRollout } from '../rollout/compiled.js';
import type { SynchronousTarget } from '../targets/target.js';
import { type Deviation, deviation } from './deviation.js';
import { number, numbers } from './price-fields.js';

const pool = z.object({ x: number.positive(), y: number.positive(), bidFee: number, askFee: number });
const order = z.object({ side: z.enum(['buy', 'sell']), size: number.positive() });
const ended = z.object({ x: number, y: number, feesX: number, feesY: number, edge: number });

const stepCase = z.object({
  name: z.string(),
  pools: z.tuple([pool, pool]),
  price: number.positive(),
  orders: z.array(order),
  expected: z.object({
    trades: z.array(
      z.object({
        kind: z.enum(['arbitrage', 'retail']),
        pool: z.union([z.literal(0), z.literal(1)]),
        poolBuysX: z.boolean(),
        x: number,
        y: number,
        edge: number,
      }),
    ),
    firstPart: numbers,
    pools: z.tuple([ended, ended]),
  }),
});

const totals = ['arbitrageEdge', 'retailEdge', 'otherEdge', 'arbitrages', 'retailTrades', 'feesX', 'feesY'] as const;

const pathRow = z
  .object({ x: number, y: number, bidFee: number, askFee: number, edge: number })
  .and(z.object({ otherX: number, otherY: number }));

const pathCase = z.object({
  name: z.string(),
  policy: z.string(),
  theta: numbers,
  prices: z.array(number.positive()).min(1),
  orders: z.array(z.array(order)),
  expected: z
    .object(Object.fromEntries(totals.map((name) => [name, number])) as Record<(typeof totals)[number], z.ZodNumber>)
    .and(z.object({ edge: number, steps: z.array(pathRow) })),
});

const statisticRow = z.object({
  name: z.string(),
  theta: numbers,
  edge: number,
  standardError: number,
  overFixed75: number,
  overFixed75StandardError: number,
});

/** A file of them. */
export const challengeFile = z.object({
  rules: z.object({
    steps: z.number().int().positive(),
    startPrice: number,
    reserves: z.tuple([number, number]),
    otherFee: number,
    leastPart: number,
  }),
  steps: z.array(stepCase),
  trajectories: z.array(pathCase),
  statistics: z.object({ rows: z.array(statisticRow) }),
});

export type ChallengeCases = z.infer<typeof challengeFile>;
type Case<K extends 'steps' | 'trajectories'> = ChallengeCases[K][number];

export interface ChallengeReport {
  readonly name: string;
  readonly deviations: readonly Deviation[];
}

/** float32: amounts, paths. A drawn mean is off by less than its own error. */
const SINGLE = { step: 1e-3, path: 5e-2 };

/** Simulations of a mean. */
const SIMULATIONS = 48;
const SEED = 2024;
const FIXED = 0.0075;

/** The law that a name speaks of: `fixed 30`, `bid 50, ask 90`, `spike 24`, `smooth recentre` … */
function lawOf(name: string): FeeLaw {
  const words = name.replaceAll(' ', '-');
  const named = [...laws].sort((a, b) => b.name.length - a.name.length).find((law) => words.startsWith(law.name));
  const found = /^(fixed|bid)/.test(name) ? laws.find((law) => law.name === 'fixed-sides') : named;
  if (found !== undefined) return found;
  throw new UserError(
    `verify: a policy of ${laws.map((law) => law.name).join(', ')} was expected, got ${name}; mend the case`,
  );
}

/** What laws have beyond the printed forms; 0 there, and declared last. */
const BEYOND = new Set(['far']);

/** The policy's law, and its parameters in order, of which `theta` has every one that is printed. */
function checkedLaw(name: string, theta: readonly number[]): { readonly law: FeeLaw; readonly all: readonly number[] } {
  const law = lawOf(name);
  const names = Object.keys(law.parameters);
  const wanted = names.filter((parameter) => !BEYOND.has(parameter));
  if (wanted.length === theta.length) return { law, all: [...theta, ...names.slice(theta.length).map(() => 0)] };
  throw new UserError(
    `verify: ${wanted.length} numbers of theta were expected for ${name} (${wanted.join(', ')}), got ${theta.length}; mend the case`,
  );
}

type Order = z.infer<typeof order>;

/** Rows of a series of orders, `most` a step. */
const rowsOf = (steps: readonly (readonly Order[])[], most: number): Float64Array =>
  Float64Array.from(
    steps.flatMap((orders) =>
      Array.from({ length: most }, (_, i) => [orders[i]?.side === 'buy' ? 1 : 0, orders[i]?.size ?? 0]).flat(),
    ),
  );

function stepReport(c: Case<'steps'>, leastPart: number, target: SynchronousTarget): ChallengeReport {
  const [ours, other] = c.pools;
  const start: Record<(typeof STEP_START)[number], number> = {
    ...ours,
    otherX: other.x,
    otherY: other.y,
    otherBid: other.bidFee,
    otherAsk: other.askFee,
    price: c.price,
  };
  const executable = target.compile(stepProgram(leastPart), { threads: 1 });
  const out = executable.run({
    sets: 1,
    windows: 1,
    run: { count: c.orders.length },
    window: {},
    buffers: {
      start: Float64Array.from(STEP_START, (name) => start[name]),
      orders: c.orders.length === 0 ? new Float64Array(2) : rowsOf([c.orders], c.orders.length),
    },
  });
  executable.dispose();
  const rows = Array.from({ length: out.trades.length / 5 }, (_, i) => [...out.trades.subarray(5 * i, 5 * i + 5)]);
  const got = rows.flatMap(([traded, buysX, x, y, gain], i) =>
    traded > 0 ? [{ kind: i < 2 ? 0 : 1, pool: i % 2, buysX, x, y, gain }] : [],
  );
  const { trades, firstPart, pools } = c.expected;
  // what an amount may be off by grows with what was traded, where prices are extreme
  const worth = Math.max(100, ...trades.map((t) => Math.max(t.y, t.x * c.price)));
  const exact = (single: number, double: number) => (target.exact ? double : single);
  const amounts = (field: string, of: readonly number[], wanted: readonly number[]) =>
    deviation(field, of, wanted, exact(SINGLE.step, 1e-12), worth);
  const fees = (i: number, name: 'feesX' | 'feesY') => {
    const [fee, column] = name === 'feesX' ? ([c.pools[i].bidFee, 'x'] as const) : ([c.pools[i].askFee, 'y'] as const);
    return got
      .filter((t) => t.pool === i && t.buysX === (name === 'feesX' ? 1 : 0))
      .reduce((s, t) => s + fee * t[column], 0);
  };
  return {
    name: c.name,
    deviations: [
      deviation(
        'trades',
        got.flatMap((t) => [t.kind, t.pool, t.buysX]),
        trades.flatMap((t) => [t.kind === 'retail' ? 1 : 0, t.pool, t.poolBuysX ? 1 : 0]),
        0,
        1,
      ),
      amounts(
        'amounts',
        got.flatMap((t) => [t.x, t.y]),
        trades.flatMap((t) => [t.x, t.y]),
      ),
      amounts(
        'edges',
        got.map((t) => t.gain),
        trades.map((t) => t.edge),
      ),
      amounts('first part', [...out.first.subarray(0, c.orders.length)], firstPart),
      deviation(
        'reserves',
        [...out.pools],
        pools.flatMap((p) => [p.x, p.y]),
        exact(SINGLE.step, 1e-12),
      ),
      amounts(
        'fees',
        [0, 1].flatMap((i) => [fees(i, 'feesX'), fees(i, 'feesY')]),
        pools.flatMap((p) => [p.feesX, p.feesY]),
      ),
    ],
  };
}

function pathReport(c: Case<'trajectories'>, rules: Rules, target: SynchronousTarget): ChallengeReport {
  const { law, all } = checkedLaw(c.policy, c.theta);
  const most = Math.max(1, ...c.orders.map((o) => o.length));
  const executable = target.compile(pathProgram(rules, law, most), { threads: 1 });
  const out = executable.run({
    sets: 1,
    windows: 1,
    run: { steps: c.prices.length },
    window: {},
    buffers: {
      theta: Float64Array.from(all),
      prices: Float64Array.from(c.prices),
      orders: rowsOf(c.orders, most),
    },
  });
  executable.dispose();
  const { steps, ...last } = c.expected;
  const exact = (double: number) => (target.exact ? double : SINGLE.path);
  return {
    name: c.name,
    deviations: [
      ...PATH_ROWS.map((name) => {
        const amount = name === 'edge' || name.endsWith('Fee');
        return deviation(
          name,
          [...out[name]],
          steps.map((s) => s[name]),
          exact(amount ? 1e-9 : 1e-11),
          amount ? 1 : 'each',
        );
      }),
      deviation('edge in all', [...out.totalEdge], [last.edge], exact(1e-9), 1),
      ...totals.map((name) => deviation(name, [...out[name]], [last[name]], exact(1e-9), 1)),
    ],
  };
}

/** The edges of drawn simulations, the same ones for every law. */
function edgesOf(
  law: FeeLaw,
  theta: readonly number[],
  steps: number,
  settings: Readonly<Record<string, number>>,
  target: SynchronousTarget,
) {
  const rollout = createRollout(
    {
      assets: ['X'],
      clock: { interval: 1000 },
      source: { kind: 'drawn', model: challengeMarket, settings: { start: settings.start }, seed: SEED },
      system: ammChallenge,
      objective: edge,
      penalties: [],
      settings: { law: laws.indexOf(law), otherFee: settings.otherFee, leastPart: settings.leastPart },
    },
    null,
    target,
  );
  const named = Object.keys(law.parameters).map((name, i) => [`${ammChallenge.name}.${name}`, [theta[i]]]);
  const scenarios = Int32Array.from({ length: SIMULATIONS }, (_, i) => i);
  const { byWindow } = rollout.value(rollout.layout.raws(Object.fromEntries(named)), scenarios, steps + 1);
  rollout.dispose();
  return byWindow;
}

const meanOf = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

/** |mean − wanted| in units of the errors of both, 4 of which are allowed. */
function drawnMean(field: string, xs: readonly number[], wanted: number, standardError: number): Deviation {
  const mean = meanOf(xs);
  const own = Math.sqrt(meanOf(xs.map((x) => (x - mean) ** 2)) / (xs.length - 1));
  const both = Math.hypot(own, standardError);
  return deviation(field, [(mean - wanted) / (both === 0 ? 1 : both)], [0], 4, 1);
}

/** All cases of a file on a target. */
export function* challengeReports(file: ChallengeCases, target: SynchronousTarget): Generator<ChallengeReport> {
  const { leastPart, otherFee, reserves, startPrice, steps } = file.rules;
  for (const c of file.steps) yield stepReport(c, leastPart, target);
  for (const c of file.trajectories) yield pathReport(c, { reserves, otherFee, leastPart }, target);
  const settings = { start: startPrice, otherFee, leastPart };
  const base = edgesOf(lawOf('fixed'), [FIXED, FIXED], steps, settings, target);
  for (const row of file.statistics.rows) {
    const { law, all } = checkedLaw(row.name, row.theta);
    const edges = edgesOf(law, all, steps, settings, target);
    yield {
      name: `${row.name}, mean of ${SIMULATIONS} simulations`,
      deviations: [
        drawnMean('edge', [...edges], row.edge, row.standardError),
        drawnMean(
          'over 75 bps',
          [...edges].map((x, i) => x - base[i]),
          row.overFixed75,
          row.overFixed75StandardError,
        ),
      ],
    };
  }
}
