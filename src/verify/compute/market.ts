/** Floor 5. A whole compute market on a target, as its cases give it: settings, parameters and what drives it. */
import { z } from 'zod';
import { computeMarket } from '../../../kernels/compute/market.js';
import { createRollout } from '../../rollout/compiled.js';
import type { ObjectiveModel } from '../../rollout/model.js';
import type { Target } from '../../targets/target.js';
import { type Compared, kindOf, type NamedCheck } from '../named.js';
import { number, numbers, rows, SINGLE, step } from '../price-fields.js';

const worker = z.object({ alpha: number, beta: number, q: number, bond: number, supply: numbers });
const jobClass = z.object({
  require: numbers,
  rate: number,
  limit: number,
  elasticity: number,
  duration: number,
  usage: number.optional(),
});

const config = z.object({
  dt: number.positive(),
  rate: number,
  marketFee: number,
  riskFee: number,
  riskScope: z.enum(['asset', 'pool']),
  riskFeeBase: z.enum(['trade', 'block']).optional(),
  burn: number,
  treasuryShare: number,
  burnBase: z.enum(['market', 'total']),
  alpha: number,
  betaUtil: number,
  psiTarget: numbers.nullable(),
  memoryDays: number,
  emission: number,
  beta: number,
  gamma: number,
  delta: number,
  bonus: number,
  bonusSource: z.enum(['treasury', 'mint']),
  slash: number,
  bondRatio: number,
  verify: number,
  qMin: number,
  forget: number,
  supplyElasticity: number,
  reference: z.enum(['outside', 'fixed']),
  p0: numbers.optional(),
  cap: number,
  expiry: number,
  arbitrage: z.boolean(),
  psi0: rows,
  theta0: numbers,
  rho: numbers,
  scale: numbers,
  workers: z.array(worker),
  classes: z.array(jobClass),
  outside0: number.optional(),
  treasury0: number.optional(),
});

type Config = z.infer<typeof config>;

/** Where a case's market is told apart by name, the setting's number for it. */
const chosen = (name: keyof typeof computeMarket.settings, choice: string): number =>
  computeMarket.settings[name].choices?.[choice] ?? Number.NaN;

function settingsOf(c: Config): Record<string, number> {
  return {
    workers: c.workers.length,
    classes: c.classes.length,
    start: chosen('start', 'given'),
    centre: chosen('centre', 'credits'),
    arbitrage: Number(c.arbitrage),
    riskScope: chosen('riskScope', c.riskScope),
    riskFeeBase: chosen('riskFeeBase', c.riskFeeBase ?? 'trade'),
    reference: chosen('reference', c.reference),
    burnBase: chosen('burnBase', c.burnBase),
    bonusSource: chosen('bonusSource', c.bonusSource),
    reliability: chosen('reliability', 'beta'),
    usage: chosen('usage', 'partial'),
    dynamicCurvature: 1,
  };
}

function valuesOf(c: Config): Record<string, number[]> {
  const far = c.psi0.map(() => Number.MIN_VALUE);
  const values: Record<string, number[]> = {
    rho: c.rho,
    priceScale: c.scale,
    marketFee: [c.marketFee],
    riskFee: [c.riskFee],
    alpha: [c.alpha],
    utilisation: [c.betaUtil],
    // without a target nothing is used
    target: c.psiTarget ?? far,
    memory: [c.memoryDays],
    compute0: c.psi0.map((row) => row[0]),
    credits: c.theta0,
    ...(c.reference === 'fixed' ? { referencePrice: c.p0 ?? [] } : {}),
    expiry: [c.expiry],
    supplyElasticity: [c.supplyElasticity],
    leastReliability: [c.qMin],
    forget: [c.forget],
    cap: [c.cap],
    rate: [c.rate],
    burn: [c.burn],
    treasuryShare: [c.treasuryShare],
    outside: [c.outside0 ?? 0],
    treasury: [c.treasury0 ?? 0],
    emission: [c.emission],
    toValidators: [c.beta],
    toWorkers: [c.gamma],
    toCurators: [c.delta],
    bonus: [c.bonus],
    slash: [c.slash],
    bondRatio: [c.bondRatio],
    verified: [c.verify],
  };
  c.workers.forEach((w, k) => {
    Object.assign(values, {
      [`compute${k + 1}`]: c.psi0.map((row) => row[k + 1]),
      [`supply${k + 1}`]: w.supply,
      [`passes${k + 1}`]: [w.alpha],
      [`fails${k + 1}`]: [w.beta],
      [`truth${k + 1}`]: [w.q],
      [`bond${k + 1}`]: [w.bond],
    });
  });
  c.classes.forEach((j, k) => {
    Object.assign(values, {
      [`require${k + 1}`]: j.require,
      [`arrivals${k + 1}`]: [j.rate],
      [`limit${k + 1}`]: [j.limit],
      [`elasticity${k + 1}`]: [j.elasticity],
      [`duration${k + 1}`]: [j.duration],
      [`usage${k + 1}`]: [j.usage ?? 1],
    });
  });
  return Object.fromEntries(Object.entries(values).map(([key, xs]) => [`${computeMarket.name}.${key}`, xs]));
}

/** What drives a market, step by step; the first step of a case is the first after the roll-out's first row. */
interface Tape {
  readonly prices: readonly (readonly number[])[];
  readonly series: Readonly<Record<string, readonly number[]>>;
}

const last: ObjectiveModel = {
  name: 'last value',
  doc: 'worth of the pools at the end',
  reads: ['value'],
  every: 0,
  score: (c) => c.last.value[0],
};

/** All that the market shows, by name: row t of name r is `seen[r][t]`. */
function pathOf(c: Config, tape: Tape, target: Target): Record<string, number[][]> {
  const assets = c.rho.map((_, i) => `R${i}`);
  const prices = [tape.prices[0], ...tape.prices];
  const series = Object.fromEntries(
    Object.entries(tape.series).map(([name, xs]) => [name, Float64Array.of(xs[0], ...xs)]),
  );
  const data = { assets, rows: prices.length, prices: Float64Array.from(prices.flat()), volume: null, series };
  const rollout = createRollout(
    {
      assets,
      clock: { interval: c.dt * 60_000 },
      source: { kind: 'recorded', series: Object.keys(series) },
      system: computeMarket,
      objective: last,
      penalties: [],
      settings: settingsOf(c),
    },
    data,
    target,
    { threads: 1 },
  );
  const { observed } = rollout.path(rollout.layout.raws(valuesOf(c)), 0, data.rows, 1);
  rollout.dispose();
  return Object.fromEntries(
    Object.entries(observed).map(([name, xs]) => {
      const width = xs.length / data.rows;
      return [name, prices.map((_, t) => [...xs.subarray(t * width, (t + 1) * width)])];
    }),
  );
}

/** Series by number from columns: `supply1`, `supply2` … */
const columns = (name: string, given: readonly (readonly number[])[] | undefined): Record<string, number[]> =>
  given === undefined || given.length === 0
    ? {}
    : Object.fromEntries(given[0].map((_, i) => [`${name}${i + 1}`, given.map((row) => row[i])]));

const event = z.tuple([z.number().int().nonnegative(), z.enum(['add', 'remove']), number]);

/** Parts of each pool's liquidity that come and go, step by step. */
function liquidityOf(events: Readonly<Record<string, z.infer<typeof event>[]>>, n: number, steps: number) {
  const changes = Array.from({ length: steps }, () => new Array<number>(n).fill(0));
  for (const [t, all] of Object.entries(events)) {
    for (const [i, what, part] of all) changes[Number(t)][i] += what === 'add' ? part : -part;
  }
  return columns('liquidity', changes);
}

const snapshot = z.object({
  t: step,
  psi: rows,
  Psi: numbers,
  theta: numbers,
  hold: numbers,
  rho: numbers,
  price: numbers,
  kappa: numbers,
  vol: numbers,
  shares: numbers,
  alpha: numbers,
  beta: numbers,
  bond: numbers,
  inflight: z.object({ compute: rows, cost: rows, fees: rows, pay: rows, jobs: numbers }),
  tokens: z.record(z.string(), number),
});

type Snapshot = z.infer<typeof snapshot>;

/** κ = h of the reserves of the moment. */
const kappaOf = (rho: number, x: number, y: number): number => x * y + (rho / 2) * (x * x + y * y);

const of = (key: string) => (seen: Record<string, number[][]>, t: number) => seen[key][t];

type Reading = readonly [
  got: (seen: Record<string, number[][]>, t: number, c: Config) => number[],
  wanted: (s: Snapshot) => number[],
];

const READINGS: Readonly<Record<string, Reading>> = {
  psi: [of('raw'), (s) => s.psi.flat()],
  Psi: [of('compute'), (s) => s.Psi],
  theta: [of('credits'), (s) => s.theta],
  hold: [of('hold'), (s) => s.hold],
  rho: [of('curvature'), (s) => s.rho],
  price: [of('price'), (s) => s.price],
  kappa: [
    (seen, t, c) => c.scale.map((s, i) => kappaOf(seen.curvature[t][i], s * seen.compute[t][i], seen.credits[t][i])),
    (s) => s.kappa,
  ],
  volatility: [of('volatility'), (s) => s.vol],
  shares: [of('shares'), (s) => s.shares],
  alpha: [of('passes'), (s) => s.alpha],
  beta: [of('fails'), (s) => s.beta],
  bond: [of('bond'), (s) => s.bond],
  'compute in flight': [of('flightCompute'), (s) => s.inflight.compute.flat()],
  'cost in flight': [of('flightCost'), (s) => s.inflight.cost.flat()],
  'fees in flight': [of('flightFees'), (s) => s.inflight.fees.flat()],
  'pay in flight': [of('flightPay'), (s) => s.inflight.pay.flat()],
  'jobs in flight': [of('inFlight'), (s) => s.inflight.jobs],
  ...Object.fromEntries(
    ['outside', 'treasury', 'vault', 'minted', 'burned'].map((key): [string, Reading] => [
      `tokens, ${key}`,
      [of(key), (s) => [s.tokens[key]]],
    ]),
  ),
};

/** Names of the cases' sums, and ours. */
const SUMS: Readonly<Record<string, string>> = {
  feeLP: 'feeCredits',
  feeTreasury: 'feeTreasury',
  feeBurn: 'feeBurn',
  feeCompute: 'feeCompute',
  supplied: 'supplied',
  returned: 'returned',
  bought: 'bought',
  arb: 'arbitrage',
  expired: 'expired',
  destroyed: 'destroyed',
  revalued: 'revalued',
  lpIn: 'liquidity',
  workerPay: 'pay',
  refund: 'refund',
  bonus: 'bonus',
  slashed: 'slashed',
  rebate: 'rebate',
  wanted: 'wanted',
  filled: 'filled',
  cost: 'cost',
  spent: 'spent',
  arbProfit: 'arbitrageProfit',
};

const rollout = kindOf(
  z.object({
    config,
    prices: rows,
    liquidity: z.record(z.string(), z.array(event)),
    supplyMultiplier: rows.optional(),
    demandMultiplier: rows.optional(),
  }),
  z.object({ snapshots: z.array(snapshot), sums: z.record(z.string(), z.union([number, numbers])) }),
  (c, want, target) => {
    const seen = pathOf(
      c.config,
      {
        prices: c.prices,
        series: {
          ...columns('supply', c.supplyMultiplier),
          ...columns('demand', c.demandMultiplier),
          ...(Object.keys(c.liquidity).length === 0
            ? {}
            : liquidityOf(c.liquidity, c.config.rho.length, c.prices.length)),
        },
      },
      target,
    );
    const read = Object.entries(READINGS).map(
      ([field, [got, wanted]]): Compared => ({
        field,
        got: want.snapshots.flatMap((s) => got(seen, s.t, c.config)),
        wanted: want.snapshots.flatMap(wanted),
        single: SINGLE.path,
      }),
    );
    const sums = Object.entries(want.sums)
      .filter(([name]) => SUMS[name] !== undefined)
      .map(
        ([name, x]): Compared => ({
          field: `sum of ${name}`,
          got: seen[SUMS[name]][c.prices.length],
          wanted: [x].flat(),
          single: SINGLE.path,
        }),
      );
    return [...read, ...sums];
  },
);

/** The first number from which on all are within a part of 1. */
export function recoveredAfter(prices: readonly number[], within: number): number {
  let last = prices.length;
  while (last > 0 && Math.abs(prices[last - 1] - 1) <= within) last -= 1;
  return last;
}

const supplyShock = kindOf(
  z.object({
    config,
    prices: z.array(z.union([number, numbers])),
    destroy: z.record(z.string(), numbers),
    steps: step,
  }),
  z.object({
    priceAfterStep: numbers,
    fill: numbers,
    recoveryMinutes: number,
    linearRatePerMinute: number,
  }),
  (c, want, target) => {
    const n = c.config.rho.length;
    const lost = Array.from({ length: c.steps }, (_, t) => c.destroy[t] ?? new Array<number>(n).fill(0));
    const prices = c.prices.slice(0, c.steps).map((p) => [p].flat());
    const seen = pathOf(c.config, { prices, series: columns('destroyed', lost) }, target);
    const got = seen.price.slice(1).map((row) => row[0]);
    const change = (key: string, t: number) => seen[key][t + 1][0] - seen[key][t][0];
    const [{ supply }] = c.config.workers;
    const [rho] = c.config.rho;
    // near the target, flows alone: 2s₀(η + ε)/(X·C)
    const linear =
      (2 * supply[0] * (c.config.supplyElasticity + c.config.classes[0].elasticity) * (1 - rho)) /
      ((1 + rho) * c.config.theta0[0]);
    return [
      { field: 'price', got, wanted: want.priceAfterStep, single: SINGLE.path },
      { field: 'fill', got: got.map((_, t) => change('filled', t) / change('wanted', t)), wanted: want.fill },
      { field: 'recovery', got: [recoveredAfter(got, 0.05) + 1], wanted: [want.recoveryMinutes] },
      { field: 'rate near the target', got: [linear], wanted: [want.linearRatePerMinute] },
    ];
  },
);

export const MARKET_KINDS: Readonly<Record<string, NamedCheck>> = { marketRollout: rollout, supplyShock };
