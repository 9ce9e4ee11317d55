/** Floor 5. Cases of the Hyperliquid HJB framework, each on the target; and what its controls are worth in the sound model. */
import { z } from 'zod';
import {
  defaultTuning,
  evaluate,
  expectedFillRates,
  GRID_EVALUATIONS,
  heuristic,
  observed,
  optimize,
  type StateVector,
  updateState,
  valueFunction as valueAt,
} from '../../kernels/makers/seed/index.js';
import { soundValue } from '../../kernels/makers/seed/sound.js';
import { gapOf } from '../live/maker/gap.js';
import { tunerGradient } from '../live/maker/tuner.js';
import { longRun } from '../makers/long-run.js';
import { basisPoint, fromBps } from '../makers/market-bps.js';
import { singleAsset } from '../makers/problem.js';
import { offsetsBySide } from '../makers/quotes.js';
import type { Lanewise } from '../targets/lanewise.js';
import type { SynchronousTarget } from '../targets/target.js';
import { type Compared, comparedNested, kindOf, type NamedCheck, type Nested } from './named.js';
import { number, numbers } from './price-fields.js';

/** float32: a value is a difference of prices times rates. */
const SINGLE = 2e-3;

const state = z.object({
  midPrice: number,
  inventory: number,
  adverseSelection: number,
  spreadBps: number,
  imbalance: number,
});
const hjb = z.object({ lambdaBase: number, phi: number, takerFeeBps: number, beta: number });
const valueFunction = z.object({ phi: number, terminalTime: number, currentTime: number });
const control = z.object({ askBps: number, bidBps: number, takerSell: number, takerBuy: number });
const tuning = z.object({
  skew: number,
  adverse: number,
  ema: number,
  urgencyThreshold: number,
  liquidationRate: number,
  minSpreadRatio: number,
  spreadScale: number,
});

/** A function for some rows, on the target. */
function onTarget<I, O>(f: Lanewise<I, O>, target: SynchronousTarget, rows: readonly I[]): O[] {
  const batch = f.on(target);
  try {
    return batch.run(rows);
  } finally {
    batch.dispose();
  }
}

const exact = (field: string, got: Nested, wanted: Nested): Compared => comparedNested(field, got, wanted, SINGLE);

type Record1<T> = Readonly<Record<string, T>>;

/** Fields of records, in the order in which the first one has them. */
const fields = (got: Record1<number>, wanted: Record1<number>, of: string): Compared[] =>
  Object.keys(wanted).map((key) => exact(`${of} ${key}`, got[key], wanted[key]));

const fillRates = kindOf(
  z.object({ hjb, state, offsetsBps: numbers }),
  z.object({ bid: numbers, ask: numbers }),
  (c, want, target) => {
    const rows = c.offsetsBps.map((x) => ({ hjb: c.hjb, state: c.state, bidBps: x, askBps: x }));
    const got = onTarget(expectedFillRates, target, rows);
    return (['bid', 'ask'] as const).map((side) =>
      exact(
        side,
        got.map((r) => r[side]),
        want[side],
      ),
    );
  },
);

const value = kindOf(
  z.object({ state, valueFunction, inventories: numbers }),
  z.object({ values: numbers }),
  (c, want, target) => {
    const rows = c.inventories.map((inventory) => ({ value: c.valueFunction, state: c.state, inventory }));
    const got = onTarget(valueAt, target, rows).map((r) => r.value);
    return [exact('values', got, want.values)];
  },
);

const update = kindOf(
  z.object({
    state,
    observations: z.array(
      z.object({
        midPrice: number,
        inventory: number,
        spreadBps: number.nullable(),
        bookImbalance: number.nullable(),
      }),
    ),
    tuning,
    maxInventory: number,
    maxSpreadBps: number,
  }),
  z.object({
    path: z.array(state.extend({ urgency: number, riskMultiplier: number, favorable: z.boolean() })),
  }),
  (c, want, target) => {
    const batch = updateState.on(target);
    let now: StateVector<number> = c.state;
    const path = c.observations.map((o) => {
      const { maxInventory, maxSpreadBps } = c;
      const [next] = batch.run([
        { state: now, observation: observed(o), tuning: c.tuning, maxInventory, maxSpreadBps },
      ]);
      now = next.state;
      return { ...next.state, urgency: next.urgency, riskMultiplier: next.riskMultiplier, favorable: next.favourable };
    });
    batch.dispose();
    const keys = [...Object.keys(c.state), 'urgency', 'riskMultiplier', 'favorable'] as (keyof (typeof path)[number])[];
    return keys.map((key) =>
      exact(
        key,
        path.map((s) => s[key]),
        want.path.map((s) => Number(s[key])),
      ),
    );
  },
);

const TERMS = ['penalty', 'makerBid', 'makerAsk', 'takerBuy', 'takerSell', 'total'] as const;

const evaluateCase = kindOf(
  z.object({ hjb, state, valueFunction, controls: z.array(control) }),
  z.object({
    terms: z.array(
      z.object(Object.fromEntries(TERMS.map((t) => [t, number])) as Record<(typeof TERMS)[number], typeof number>),
    ),
    totalsMarked: numbers,
  }),
  (c, want, target) => {
    const rows = c.controls.map((x) => ({ hjb: c.hjb, state: c.state, value: c.valueFunction, control: x }));
    const got = onTarget(evaluate, target, rows);
    return [
      ...TERMS.map((term) =>
        exact(
          term,
          got.map((r) => r[term]),
          want.terms.map((r) => r[term]),
        ),
      ),
      exact(
        'marked',
        got.map((r) => r.marked),
        want.totalsMarked,
      ),
    ];
  },
);

const optimizeCase = kindOf(
  z.object({ hjb, state, valueFunction, baseBps: number, maxInventory: number }),
  z.object({
    control,
    value: number,
    evaluations: number,
    heuristic: control,
    heuristicValue: number,
    gap: number.nullable(),
    markedControl: control,
    markedValue: number,
    ties: number,
  }),
  (c, want, target) => {
    const given = { hjb: c.hjb, state: c.state, value: c.valueFunction };
    const [grid] = onTarget(optimize, target, [{ ...given, baseBps: c.baseBps }]);
    const { baseBps, maxInventory } = c;
    const [rule] = onTarget(heuristic, target, [{ state: c.state, baseBps, maxInventory, tuning: defaultTuning }]);
    const [worth] = onTarget(evaluate, target, [{ ...given, control: rule.control }]);
    return [
      ...fields(grid.control, want.control, 'grid'),
      ...fields(rule.control, want.heuristic, 'heuristic'),
      ...fields(grid.marked.control, want.markedControl, 'marked grid'),
      exact('value', grid.value, want.value),
      exact('heuristic value', worth.total, want.heuristicValue),
      exact('marked value', grid.marked.value, want.markedValue),
      exact('gap', gapOf(worth.total, grid.value), want.gap),
      exact('ties', grid.ties, want.ties),
      exact('evaluations', GRID_EVALUATIONS, want.evaluations),
    ];
  },
);

const heuristicCase = kindOf(
  z.object({ state, baseBps: number, maxInventory: number, tuning }),
  z.object({ control, valid: z.boolean(), quotes: z.object({ bid: number, ask: number }) }),
  (c, want, target) => {
    const [got] = onTarget(heuristic, target, [c]);
    return [
      ...fields(got.control, want.control, 'control'),
      ...fields(got.quotes, want.quotes, 'quote'),
      exact('valid', got.valid, Number(want.valid)),
    ];
  },
);

const tuner = kindOf(
  z.object({ hjb, state, valueFunction, baseBps: number, maxInventory: number, tuning, nudge: number.positive() }),
  z.object({ loss: number, gradient: tuning, zero: z.array(z.string()) }),
  ({ valueFunction: v, ...c }, want, target) => {
    const got = tunerGradient({ ...c, value: v }, c.nudge, target);
    const names = Object.keys(want.gradient) as (keyof typeof want.gradient)[];
    const listed = (zero: readonly string[]) => names.map((name) => Number(zero.includes(name)));
    return [
      exact('loss', got.loss, want.loss),
      // differences of two losses of float32 hold no digits
      ...names.map((name) => comparedNested(`gradient ${name}`, got.gradient[name], want.gradient[name], 1e3)),
      exact('zero', listed(got.zero), listed(want.zero)),
    ];
  },
);

const soundPolicies = kindOf(
  z.object({ phi: number, base: number, Q: number.int(), S: number, spread: number, imb: number, lam: number }),
  z.object({
    heuristic: number,
    grid: number,
    symmetric: number,
    optimum: number,
    optimalBidBps: z.array(number.nullable()),
    optimalAskBps: z.array(number.nullable()),
  }),
  (c, want, target) => {
    const market = {
      midPrice: c.S,
      spreadBps: c.spread,
      imbalance: c.imb,
      lambdaBase: c.lam,
      beta: 0.1,
      phi: c.phi,
      maxInventory: c.Q,
    };
    const states = Array.from({ length: 2 * c.Q + 1 }, (_, i) => ({
      midPrice: c.S,
      inventory: i - c.Q,
      adverseSelection: 0,
      spreadBps: c.spread,
      imbalance: c.imb,
    }));
    const given = { baseBps: c.base, maxInventory: c.Q, tuning: defaultTuning };
    const rules = onTarget(
      heuristic,
      target,
      states.map((s) => ({ ...given, state: s })),
    ).map((r) => r.control);
    const components = { lambdaBase: c.lam, phi: c.phi, takerFeeBps: 2, beta: 0.1 };
    const v = { phi: c.phi, terminalTime: 86_400, currentTime: 0 };
    const grid = onTarget(
      optimize,
      target,
      states.map((s) => ({ hjb: components, state: s, value: v, baseBps: c.base })),
    ).map((r) => r.control);
    const flat = states.map(() => ({ askBps: c.base, bidBps: c.base, takerSell: 0, takerBuy: 0 }));
    const worth = (controls: typeof grid) => soundValue(market, components.takerFeeBps, controls);
    const problem = singleAsset(fromBps(market));
    const best = longRun(problem, c.Q);
    const sides = offsetsBySide(problem, best.h);
    const bps = (offsets: readonly (number | null)[]) => offsets.map((x) => (x === null ? null : x / basisPoint(c.S)));
    return [
      exact('heuristic', worth(rules), want.heuristic),
      exact('grid', worth(grid), want.grid),
      exact('symmetric', worth(flat), want.symmetric),
      exact('optimum', best.value, want.optimum),
      exact('optimal bids', bps(sides.bid), want.optimalBidBps),
      exact('optimal asks', bps(sides.ask), want.optimalAskBps),
    ];
  },
);

export const SEED_KINDS: Readonly<Record<string, NamedCheck>> = {
  'seed.fillRates': fillRates,
  'seed.value': value,
  'seed.update': update,
  'seed.evaluate': evaluateCase,
  'seed.optimize': optimizeCase,
  'seed.heuristic': heuristicCase,
  'seed.tuner': tuner,
  seedPoliciesInSoundModel: soundPolicies,
};
