/**
 * Floor 5. Cases of makers whose optimum is known: values and quotes with an end and without, what fixed quotes are worth.
 * All on plain numbers, in float64 whatever the target.
 */
import { z } from 'zod';
import {
  avellanedaStoikov,
  linearEquivalent,
  utilityClosedForm,
  utilityOffsets,
} from '../makers/exponential-utility.js';
import { valuesAt } from '../makers/horizon.js';
import { flowsOf, jumpOf, longRun, policyFor, valueOfPolicy } from '../makers/long-run.js';
import {
  gridIndex,
  type ManyAssets,
  manyAssets,
  type Problem,
  type SingleAsset,
  singleAsset,
} from '../makers/problem.js';
import { type Offsets, offsetsBySide, tablePolicy } from '../makers/quotes.js';
import { quadraticLaws, stationaryLaw } from '../makers/riccati.js';
import { type Compared, comparedNested, kindOf, type NamedCheck, type Nested } from './named.js';
import { number, numbers, rows } from './price-fields.js';

const whole = number.int();
const rate = number.nonnegative();
const decay = number.positive();
const offsets = z.array(number.nullable());
const timesToGo = z.array(rate);

const limits = { qMin: whole, qMax: whole };

/** One asset whose sides share κ, as the simplest cases print it. */
export const oneState = {
  ...limits,
  lambdaBid: rate,
  lambdaAsk: rate,
  kappa: decay,
  phi: number,
  alpha: number.default(0),
  drift: number.default(0),
  jumpBid: number.default(0),
  jumpAsk: number.default(0),
  rebate: number.default(0),
};

type OneState = z.output<z.ZodObject<typeof oneState>>;

export const marketOf = ({ kappa, qMin, qMax, alpha, rebate, ...state }: OneState): SingleAsset => ({
  qMin,
  qMax,
  alpha,
  rebate,
  states: [{ ...state, kappaBid: kappa, kappaAsk: kappa }],
  generator: [[0]],
});

/** Compares what the case states, and no more. */
const stated = (got: Readonly<Record<string, Nested>>, want: Readonly<Record<string, Nested | undefined>>, at = '') =>
  Object.entries(want).flatMap(([key, wanted]): Compared[] =>
    wanted === undefined ? [] : [comparedNested(`${key}${at}`, got[key], wanted)],
  );

const quoted = { bid: offsets, ask: offsets };

const cj = kindOf(
  z.object({ ...oneState, times: timesToGo }),
  z.object({
    times: z.array(z.object({ tau: number, h: numbers, ...quoted })),
    ergodic: z.object({ value: number, h: numbers, ...quoted }).optional(),
  }),
  (c, want) => {
    const problem = singleAsset(marketOf(c));
    const origin = -c.qMin;
    const found = valuesAt(problem, c.times).flatMap((h, i) => {
      const { tau, ...figures } = want.times[i];
      return stated({ h: [...h], ...offsetsBySide(problem, h) }, figures, ` at ${tau}`);
    });
    return want.ergodic === undefined ? found : [...found, ...lasting(problem, origin, want.ergodic)];
  },
);

function lasting(problem: Problem, origin: number, want: Readonly<Record<string, Nested>>): Compared[] {
  const { value, h } = longRun(problem, origin);
  return stated({ value, h: [...h], ...offsetsBySide(problem, h) }, want, ', long run');
}

const glft = kindOf(
  z.object({
    A: rate,
    k: decay,
    sigma: rate,
    gamma: decay,
    qMax: whole,
    drift: number.optional(),
    alpha: number.optional(),
    times: timesToGo,
  }),
  z.object({
    times: z.array(z.object({ tau: number, logV: numbers, ...quoted })),
    asymptotic: z.object({ ...quoted, growth: number }),
    closedForm: z.object({ base: number, slope: number }),
  }),
  (c, want) => {
    const problem = singleAsset(linearEquivalent(c));
    const lasting = longRun(problem, c.qMax);
    return [
      ...valuesAt(problem, c.times).flatMap((h, i) => {
        const { tau, ...figures } = want.times[i];
        return stated({ logV: [...h].map((x) => x * c.k), ...utilityOffsets(c, h) }, figures, ` at ${tau}`);
      }),
      ...stated({ ...utilityOffsets(c, lasting.h), growth: lasting.value * c.k }, want.asymptotic, ', long run'),
      ...stated(utilityClosedForm(c), want.closedForm, ', closed form'),
    ];
  },
);

const avellaneda = kindOf(
  z.object({ gamma: decay, k: decay, sigma: rate, inventories: numbers, times: timesToGo }),
  z.object({
    rows: z.array(
      z.object({ q: number, tau: number, reservationShift: number, spread: number, bid: number, ask: number }),
    ),
  }),
  (c, { rows: wanted }) => {
    const got = wanted.map(({ q, tau }) => avellanedaStoikov(c, q, tau));
    return (['reservationShift', 'spread', 'bid', 'ask'] as const).map((field) => ({
      field,
      got: got.map((r) => r[field]),
      wanted: wanted.map((r) => r[field]),
    }));
  },
);

const state = z.object({
  lambdaBid: rate,
  lambdaAsk: rate,
  kappaBid: decay,
  kappaAsk: decay,
  phi: number,
  drift: number,
  jumpBid: number,
  jumpAsk: number,
});

const chain = {
  ...limits,
  states: z.array(state).min(1),
  generator: rows,
  rebate: number.optional(),
  minOffset: number.optional(),
};

/** [state][q] of what stands state by state. */
const byState = <T>({ qMin, qMax }: { qMin: number; qMax: number }, flat: readonly T[]): T[][] => {
  const n = qMax - qMin + 1;
  return Array.from({ length: flat.length / n }, (_, j) => flat.slice(j * n, (j + 1) * n));
};

const tables = (c: { qMin: number; qMax: number }, problem: Problem, h: ArrayLike<number>) => {
  const { bid, ask } = offsetsBySide(problem, h);
  return { h: byState(c, Array.from(h)), bid: byState(c, bid), ask: byState(c, ask) };
};

const offsetRows = z.array(offsets);

const markov = kindOf(
  z.object({
    ...chain,
    alpha: number,
    taker: z.object({ rate, cost: number }).optional(),
    driftDecay: rate.optional(),
    horizon: rate.optional(),
    times: timesToGo,
  }),
  z.object({
    times: z.array(
      z.object({
        tau: number,
        h: rows,
        bid: offsetRows,
        ask: offsetRows,
        takerBuy: rows.optional(),
        takerSell: rows.optional(),
      }),
    ),
  }),
  ({ driftDecay, horizon, times, ...c }, want) => {
    const decaying = driftDecay === undefined ? {} : { driftDecay: { rate: driftDecay, horizon: horizon ?? 0 } };
    const problem = singleAsset({ ...c, ...decaying });
    return valuesAt(problem, times).flatMap((h, i) => {
      const { tau, ...figures } = want.times[i];
      const { taking } = policyFor(problem, h);
      const taken = (side: 'buy' | 'sell') =>
        byState(
          c,
          taking.map((row, n) => row[problem.takes[n].findIndex((t) => t.side === side)] ?? 0),
        );
      const got = { ...tables(c, problem, h), takerBuy: taken('buy'), takerSell: taken('sell') };
      return stated(got, figures, ` at ${tau}`);
    });
  },
);

const markovErgodic = kindOf(
  z.object(chain),
  z.object({ value: number, h: rows, bid: offsetRows, ask: offsetRows }),
  (c, want) => {
    const problem = singleAsset({ ...c, alpha: 0 });
    const { value, h } = longRun(problem, -c.qMin);
    return stated({ value, ...tables(c, problem, h) }, want);
  },
);

const policyOf = (problem: Problem, bid: Offsets, ask: Offsets) =>
  tablePolicy(problem, { bid: bid.flat(), ask: ask.flat() });

const markovPolicy = kindOf(
  z.object({ ...chain, bid: offsetRows, ask: offsetRows }),
  z.object({ value: number }),
  ({ bid, ask, ...c }, want) => {
    const problem = singleAsset({ ...c, alpha: 0 });
    const policy = policyOf(problem, bid.flat(), ask.flat());
    return stated({ value: valueOfPolicy(problem, policy, -c.qMin).value }, want);
  },
);

const impulse = kindOf(
  z.object({ ...oneState, cost: number.positive() }),
  z.object({ value: number, h: numbers, sellFrom: number.nullable(), buyFrom: number.nullable(), ...quoted }),
  ({ cost, ...c }, want) => {
    const problem = singleAsset({ ...marketOf(c), taker: { rate: Number.POSITIVE_INFINITY, cost } });
    const { value, h, policy } = longRun(problem, -c.qMin);
    const taken = (side: 'buy' | 'sell') =>
      problem.takes.flatMap((takes, i) => (takes[jumpOf(policy, i)]?.side === side ? [c.qMin + i] : []));
    const [sold, bought] = [taken('sell'), taken('buy')];
    return stated(
      { value, h: [...h], sellFrom: sold[0] ?? null, buyFrom: bought.at(-1) ?? null, ...offsetsBySide(problem, h) },
      want,
    );
  },
);

const multiAsset = kindOf(
  z.object({
    assets: z.array(z.object({ lambdaBid: rate, lambdaAsk: rate, kappa: decay })),
    qMax: whole,
    R: rows,
    K: rows,
    times: timesToGo,
  }),
  z.object({ rows: z.array(z.object({ tau: number, q: numbers, h: number, ...quoted })) }),
  (c, want) => {
    const assets = c.assets.map(({ kappa, ...a }) => ({
      ...a,
      kappaBid: kappa,
      kappaAsk: kappa,
      drift: 0,
      jumpBid: 0,
      jumpAsk: 0,
      qMin: -c.qMax,
      qMax: c.qMax,
    }));
    const market: ManyAssets = { assets, risk: c.R, terminal: c.K };
    const problem = manyAssets(market);
    const values = valuesAt(problem, c.times);
    return want.rows.flatMap(({ tau, q, ...figures }) => {
      const h = values[c.times.indexOf(tau)];
      const i = gridIndex(assets, q);
      const of = (side: 'bid' | 'ask') => assets.map((_, asset) => offsetsBySide(problem, h, asset)[side][i]);
      return stated({ h: h[i], bid: of('bid'), ask: of('ask') }, figures, ` at ${tau}, q ${q.join(' ')}`);
    });
  },
);

const law = { A: rows.optional(), B: rows.optional() };

const riccati = kindOf(
  z.object({ lambda: numbers, kappa: numbers, R: rows, K: rows, Z: rows.optional(), times: timesToGo }),
  z.object({ times: z.array(z.object({ tau: number, ...law })), stationary: z.object(law).optional() }),
  (c, want) => [
    ...quadraticLaws(c, c.times).flatMap((got, i) => {
      const { tau, ...figures } = want.times[i];
      return stated({ ...got }, figures, ` at ${tau}`);
    }),
    ...(want.stationary === undefined ? [] : stated({ ...stationaryLaw(c) }, want.stationary, ', stationary')),
  ],
);

const policyValue = kindOf(
  z.object({ ...oneState, ...quoted }),
  z.object({
    value: number,
    stationary: numbers,
    spreadIncome: number,
    penalty: number,
    meanAbsQ: number,
    bidFills: number,
    askFills: number,
  }),
  ({ bid, ask, ...c }, want) => {
    const problem = singleAsset(marketOf(c));
    const policy = policyOf(problem, bid, ask);
    const { law: stationary, captured, held, bidFills, askFills } = flowsOf(problem, policy, c.rebate);
    return stated(
      {
        value: valueOfPolicy(problem, policy, -c.qMin).value,
        stationary: [...stationary],
        spreadIncome: captured,
        penalty: -held,
        meanAbsQ: stationary.reduce((sum, share, i) => sum + share * Math.abs(c.qMin + i), 0),
        bidFills,
        askFills,
      },
      want,
    );
  },
);

export const SOLVED_KINDS: Readonly<Record<string, NamedCheck>> = {
  cj,
  glft,
  avellanedaStoikov: avellaneda,
  markov,
  markovErgodic,
  markovPolicy,
  impulse,
  multiAsset,
  riccati,
  policyValue,
};
