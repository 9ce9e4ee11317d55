/**
 * Floor 3. The market that a maker quotes in: orders that come and how deep they reach, what moves the mid, what trading
 * costs, and the state that all of it depends on (an imbalance, a signal, a regime), in steps of dt seconds.
 *
 *     sell orders come at rate λᵇ and reach our bid at the offset δ with chance e^{−κᵇδ}; buy orders at λᵃ, κᵃ
 *     fill in a step   1 − e^{−λe^{−κδ}dt} (poisson), or λe^{−κδ}dt (bernoulli)
 *     mid in a step    + μdt − εᵇ if a sell order came + εᵃ if a buy order came
 *     state            moves by e^{G·dt}, G the rates of the moves
 *
 * With the setting `spread`, an offset within half the spread reaches no further orders: e^{−κ·max(δ − Δ/2, 0)}. Several orders
 * of a side in one step move the mid once: a difference of second order in dt.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { Parameter, Parameters, Settings } from '../../src/rollout/model.js';
import { identity } from '../../src/rollout/transforms.js';
import { at } from './read.js';

type Rest = Pick<Parameter, 'unit' | 'default' | 'doc'> & Partial<Parameter>;

const SOME: readonly [number, number] = [0, 1e12];
const ANY: readonly [number, number] = [-1e12, 1e12];

/** A number of the market: held fixed unless one says otherwise. */
const given = (rest: Rest): Parameter => ({
  shape: 'scalar',
  transform: identity,
  range: ANY,
  trainable: false,
  ...rest,
});

export const MARKET_SETTINGS: Settings = {
  qMin: { default: -8, range: [-1000, 0], whole: true, doc: 'least inventory in lots: no ask below it' },
  qMax: { default: 8, range: [0, 1000], whole: true, doc: 'greatest inventory in lots: no bid above it' },
  states: { default: 1, range: [1, 6], whole: true, doc: 'states of the market: signals, imbalances, regimes' },
  thinning: {
    default: 0,
    range: [0, 1],
    whole: true,
    choices: { poisson: 0, bernoulli: 1 },
    doc: 'chance of a fill in a step, of the rate r: poisson 1 − e^(−r·dt), bernoulli r·dt',
  },
  jumps: { default: 0, range: [0, 1], whole: true, choices: { no: 0, yes: 1 }, doc: 'whether orders move the mid' },
  spread: {
    default: 0,
    range: [0, 1],
    whole: true,
    choices: { no: 0, yes: 1 },
    doc: 'whether offsets within half the spread of the market reach no further orders',
  },
};

const states = (count: number): string[] => Array.from({ length: count }, (_, j) => `${j}`);

/** `0→1`, `0→2`, `1→0` … */
const moves = (count: number): string[] =>
  states(count).flatMap((from) =>
    states(count)
      .filter((to) => to !== from)
      .map((to) => `${from}→${to}`),
  );

export function marketParameters(s: Readonly<Record<string, number>>): Parameters {
  const shape = s.states === 1 ? 'scalar' : states(s.states);
  const byState = (rest: Rest) => given({ shape, ...rest });
  const rate = (side: string) => byState({ range: SOME, unit: '1/s', default: 1.5, doc: `${side} orders` });
  const decay = (side: string) =>
    byState({ range: SOME, unit: '1/money', default: 2, doc: `decay of the orders that reach ${side} by its offset` });
  const jump = (side: string) => byState({ unit: 'money', default: 0, doc: `move of the mid by ${side} order` });
  return {
    lambdaBid: rate('sell'),
    lambdaAsk: rate('buy'),
    kappaBid: decay('a bid'),
    kappaAsk: decay('an ask'),
    phi: byState({ range: SOME, unit: 'money/(s·lot²)', default: 0.02, doc: 'running penalty of inventory squared' }),
    drift: byState({ unit: 'money/s', default: 0, doc: 'drift of the mid' }),
    ...(s.jumps === 1 ? { jumpBid: jump('a sell'), jumpAsk: jump('a buy') } : {}),
    alpha: given({ range: SOME, unit: 'money/lot²', default: 0, doc: 'penalty of inventory squared at the end' }),
    rebate: given({ unit: 'money/lot', default: 0, doc: 'paid to the maker for a fill; below 0: a fee' }),
    takerCost: given({
      range: SOME,
      unit: 'money/lot',
      default: 0,
      doc: 'cost of a lot taken: half the spread and fee',
    }),
    ...(s.spread === 1
      ? { halfSpread: given({ range: SOME, unit: 'money', default: 0, doc: 'half the spread of the market' }) }
      : {}),
    ...(s.states === 1
      ? {}
      : {
          rates: given({ shape: moves(s.states), range: SOME, unit: '1/s', default: 0.1, doc: 'moves of the state' }),
        }),
  };
}

/** One side of the market in one state, or in that of a lane. */
export interface Side {
  readonly lambda: Expr;
  readonly kappa: Expr;
  /** What an order of this side moves the mid by; null where none does. */
  readonly jump: Expr | null;
}

/** What the market is in one state. */
export interface MarketState {
  readonly bid: Side;
  readonly ask: Side;
  readonly phi: Expr;
  readonly drift: Expr;
}

export interface Market {
  /** Seconds. */
  readonly dt: number;
  readonly qMin: number;
  readonly qMax: number;
  readonly states: number;
  readonly jumps: boolean;
  readonly alpha: Expr;
  readonly rebate: Expr;
  readonly takerCost: Expr;
  /** The market in a state, a whole number from 0. */
  readonly in: (state: Expr) => MarketState;
  /** Chance of a move from a state to another in a step: [from][to]. */
  readonly moves: readonly (readonly Expr[])[];
  /** Law of the states in the long run. */
  readonly lasting: readonly Expr[];
  /** The expected fills λe^{−κδ}dt of a quote in a step, and the chance of one. */
  readonly fill: (side: Side, offset: Expr) => Fill;
  /** The chance that an order of a side comes in a step. */
  readonly arrival: (side: Side) => Expr;
}

export interface Fill {
  readonly expected: Expr;
  readonly chance: Expr;
  /** ln(1 − chance). */
  readonly logNone: Expr;
}

/** The market inside a program, from its parameters and settings. */
export function marketOf(
  value: Readonly<Record<string, readonly Expr[]>>,
  s: Readonly<Record<string, number>>,
  dt: number,
): Market {
  const transitions = transitionsOf(value.rates ?? [], s.states, dt);
  const bernoulli = s.thinning === 1;
  const read = (key: string, state: Expr) => at(value[key], state, 0);
  const side = (name: 'Bid' | 'Ask', state: Expr): Side => ({
    lambda: read(`lambda${name}`, state),
    kappa: read(`kappa${name}`, state),
    jump: s.jumps === 1 ? read(`jump${name}`, state) : null,
  });
  return {
    dt,
    qMin: s.qMin,
    qMax: s.qMax,
    states: s.states,
    jumps: s.jumps === 1,
    alpha: value.alpha[0],
    rebate: value.rebate[0],
    takerCost: value.takerCost[0],
    in: (state) => ({
      bid: side('Bid', state),
      ask: side('Ask', state),
      phi: read('phi', state),
      drift: read('drift', state),
    }),
    moves: transitions,
    lasting: lastingLaw(transitions),
    fill({ lambda, kappa }, offset) {
      const depth = s.spread === 1 ? offset.sub(value.halfSpread[0]).maximum(0) : offset;
      const expected = lambda.mul(dt).mul(kappa.mul(depth).neg().exp());
      const chance = bernoulli ? expected.minimum(1) : expected.neg().expm1().neg();
      return { expected, chance, logNone: bernoulli ? constant(1).sub(chance).log() : expected.neg() };
    },
    arrival: ({ lambda }) => {
      const expected = lambda.mul(dt);
      return bernoulli ? expected.minimum(1) : expected.neg().expm1().neg();
    },
  };
}

type Square = readonly (readonly Expr[])[];

const all = (n: number) => Array.from({ length: n }, (_, i) => i);

const product = (a: Square, b: Square): Expr[][] =>
  a.map((row) => all(b.length).map((j) => sum(row.map((x, k) => x.mul(b[k][j])))));

/** Squarings of e^{G·dt/2^S}, and terms of its series: to 1e-15 while rates times dt stay below 8. */
const SQUARINGS = 6;
const TERMS = 8;

/** e^{G·dt} by its series and squarings, off-diagonal rates in the order of `moves`. */
function transitionsOf(rates: readonly Expr[], n: number, dt: number): Square {
  if (n === 1) return [[constant(1)]];
  const scale = dt / 2 ** SQUARINGS;
  const generator = all(n).map((i) => {
    const row = all(n).map((j) => (i === j ? constant(0) : rates[i * (n - 1) + (j < i ? j : j - 1)].mul(scale)));
    return row.map((x, j) => (i === j ? sum(row).neg() : x));
  });
  const plusIdentity = (a: Square): Expr[][] => a.map((row, i) => row.map((x, j) => (i === j ? x.add(1) : x)));
  // Horner: I + G(I + G/2(I + G/3(…)))
  let power: Square = all(n).map((i) => all(n).map((j) => constant(i === j ? 1 : 0)));
  for (let k = TERMS; k >= 1; k--) power = plusIdentity(product(generator, power).map((r) => r.map((x) => x.div(k))));
  for (let k = 0; k < SQUARINGS; k++) power = product(power, power);
  return power;
}

/** A row of the 2^40-th power: every row is the same where states can reach each other. */
function lastingLaw(transitions: Square): readonly Expr[] {
  if (transitions.length === 1) return [constant(1)];
  let power = transitions;
  // rows sum to 1 but for rounding, which so many squarings would blow up
  const normal = (a: Square) =>
    a.map((row) => {
      const total = sum(row);
      return row.map((x) => x.div(total));
    });
  for (let k = 0; k < 40; k++) power = normal(product(power, power));
  return power[0];
}
