/**
 * Floor 5. Cases of makers in steps of time: the roll-out of the distribution over inventory with its gradient on the target;
 * stationary values and best tables, metrics of a path, on plain numbers.
 */
import { z } from 'zod';
import { maker } from '../../kernels/makers/maker.js';
import { makerObjective } from '../../kernels/makers/objectives.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { type SteppedMarket, steppedValue } from '../makers/discrete.js';
import { steppedOptimum } from '../makers/discrete-optimum.js';
import { makerMetrics } from '../makers/metrics.js';
import { createRollout } from '../rollout/compiled.js';
import type { SynchronousTarget } from '../targets/target.js';
import { marketOf, oneState } from './makers-solved.js';
import { comparedNested, kindOf, type NamedCheck, type Nested } from './named.js';
import { number, numbers } from './price-fields.js';

const offsets = z.array(number.nullable());
const stepped = { ...oneState, dt: number.positive(), thinning: z.enum(['poisson', 'bernoulli']) };
type Stepped = z.output<z.ZodObject<typeof stepped>>;

const marketIn = ({ dt, thinning, ...c }: Stepped): SteppedMarket => ({ ...marketOf(c), dt, thinning });

const chain = kindOf(
  z.object({ ...stepped, bid: offsets, ask: offsets }),
  z.record(z.enum(['latency0', 'latency1']), z.record(z.string(), number)),
  ({ bid, ask, ...c }, want) =>
    Object.entries(want).flatMap(([latency, figures]) => {
      const got = steppedValue(marketIn(c), { bid: [bid], ask: [ask] }, latency === 'latency0' ? 0 : 1);
      const named: Readonly<Record<string, number>> = {
        valuePerTime: got.value,
        meanAbsQ: got.meanAbsQ,
        meanQ2: got.meanQ2,
        bidFillsPerTime: got.bidFills,
        askFillsPerTime: got.askFills,
      };
      return Object.entries(figures).map(([name, wanted]) =>
        comparedNested(`${name}, ${latency}`, named[name], wanted),
      );
    }),
);

const discreteOptimum = kindOf(
  z.object(stepped),
  z.object({ value: number, bid: offsets, ask: offsets }),
  (c, want) => {
    const { value, bid, ask } = steppedOptimum(marketIn(c));
    return [
      comparedNested('value', value, want.value),
      comparedNested('bid', bid[0], want.bid),
      comparedNested('ask', ask[0], want.ask),
    ];
  },
);

const rolled = z.object({
  ...stepped,
  ...{ bid: offsets, ask: offsets, steps: number.int().positive(), q0: number.int(), terminalPenalty: number },
});

/** float32 adds up a thousand steps. */
const SINGLE = 2e-3;

const there = (row: readonly (number | null)[]): number[] => row.filter((x) => x !== null);

function rollOut(c: z.output<typeof rolled>, target: SynchronousTarget) {
  const jumps = c.jumpBid !== 0 || c.jumpAsk !== 0;
  const rollout = createRollout(
    {
      ...{ assets: ['A'], clock: { interval: c.dt * 1000 }, system: maker, objective: makerObjective, penalties: [] },
      source: { kind: 'drawn', model: gbm, settings: {}, seed: 0 },
      settings: {
        ...{ qMin: c.qMin, qMax: c.qMax, evenStart: 0, startInventory: c.q0, jumps: Number(jumps) },
        thinning: c.thinning === 'poisson' ? 0 : 1,
      },
    },
    null,
    target,
    { threads: 1 },
  );
  const numbersOf = {
    ...{ bid: there(c.bid), ask: there(c.ask), lambdaBid: [c.lambdaBid], lambdaAsk: [c.lambdaAsk] },
    ...{ kappaBid: [c.kappa], kappaAsk: [c.kappa], phi: [c.phi], drift: [c.drift], rebate: [c.rebate] },
    ...{ alpha: [c.terminalPenalty], ...(jumps ? { jumpBid: [c.jumpBid], jumpAsk: [c.jumpAsk] } : {}) },
  };
  const values = Object.fromEntries(Object.entries(numbersOf).map(([name, x]) => [`maker.${name}`, x]));
  const { objective, gradient } = rollout.gradient(rollout.layout.raws(values), Int32Array.of(0), c.steps + 1);
  const of = (side: 'bid' | 'ask') => {
    const { column, size } = rollout.layout.entry(`maker.${side}`);
    return [...gradient.subarray(column, column + size)];
  };
  rollout.dispose();
  return { objective: objective[0], gradientBid: [...of('bid'), null], gradientAsk: [null, ...of('ask')] };
}

const rollout = kindOf(
  rolled,
  z.object({ objective: number, gradientBid: offsets, gradientAsk: offsets }),
  (c, want, target) => {
    const got: Readonly<Record<string, Nested>> = rollOut(c, target);
    return Object.entries(want).map(([name, wanted]) => comparedNested(name, got[name], wanted, SINGLE));
  },
);

const metrics = kindOf(
  z.object({
    ...{ dt: number.positive(), phi: number, alpha: number, horizon: number.int(), rebate: number, takerCost: number },
    ...{ stepsPerYear: number, q0: number, mid: numbers, bidOffset: numbers, askOffset: numbers },
    ...{ bidFills: numbers, askFills: numbers, takerBuy: numbers, takerSell: numbers },
    ...{ lambdaBid: number, lambdaAsk: number, kappa: number },
  }),
  z.record(z.string(), number.nullable()),
  ({ lambdaBid, lambdaAsk, kappa, ...c }, want) => {
    const expected = (lambda: number, row: readonly number[]) => row.map((x) => lambda * Math.exp(-kappa * x));
    const path = {
      ...c,
      expectedBid: expected(lambdaBid, c.bidOffset),
      expectedAsk: expected(lambdaAsk, c.askOffset),
    };
    const got: Readonly<Record<string, number | null>> = { ...makerMetrics(path, c) };
    return Object.entries(want).map(([name, wanted]) => comparedNested(name, got[name], wanted));
  },
);

export const SIMULATED_KINDS: Readonly<Record<string, NamedCheck>> = { chain, discreteOptimum, rollout, metrics };
