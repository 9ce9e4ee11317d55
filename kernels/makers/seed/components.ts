/**
 * Floor 3. The value function and the HJB components of the Hyperliquid framework: fill rates, the objective of a control, and
 * the grid that it is searched on.
 */
import { constant, type Expr, where } from '../../../src/graph/index.js';
import { choose, sum } from '../../../src/rollout/functions.js';
import { asymmetric, type ControlVector, liquidation, symmetric } from './control.js';
import { type StateVector, urgency } from './state.js';

export type ValueFunction<T = Expr> = {
  readonly phi: T;
  /** Seconds. */
  readonly terminalTime: T;
  readonly currentTime: T;
};

export const defaultValueFunction: ValueFunction<number> = { phi: 0.01, terminalTime: 86_400, currentTime: 0 };

export type HjbComponents<T = Expr> = {
  /** λ₀, fills a second at the best quotes of a balanced book. */
  readonly lambdaBase: T;
  /** φ of the running penalty; that of the value function is another field. */
  readonly phi: T;
  readonly takerFeeBps: T;
  /** β, per basis point. */
  readonly beta: T;
};

export const defaultComponents: HjbComponents<number> = { lambdaBase: 1, phi: 0.01, takerFeeBps: 2, beta: 0.1 };

/** V as a function of the inventory. */
export type Value = (inventory: Expr) => Expr;

/** V(Q) = −φQ²τ + ½Δτ − |μ̂||Q|τ, τ = max(T − t, 0). Δ is in basis points: they are added to money as they stand. */
export function valueAt(v: ValueFunction, state: StateVector): Value {
  const left = v.terminalTime.sub(v.currentTime).maximum(0);
  const spread = state.spreadBps.mul(0.5).mul(left);
  return (q) =>
    v.phi.neg().mul(q.square()).mul(left).add(spread).sub(state.adverseSelection.abs().mul(q.abs()).mul(left));
}

/** V + QS: what the framework's V leaves out. */
export const marked =
  (value: Value, state: StateVector): Value =>
  (q) =>
    value(q).add(q.mul(state.midPrice));

/** λ₀·2(1 − I)·e^{−β·max(δ − Δ/2, 0)} for a bid, 2I for an ask: flat inside the spread. */
export function fillRates(
  hjb: HjbComponents,
  state: StateVector,
  { bidBps, askBps }: Pick<ControlVector, 'bidBps' | 'askBps'>,
) {
  const rate = (offset: Expr, factor: Expr) =>
    hjb.lambdaBase.mul(factor.mul(2)).mul(
      hjb.beta
        .neg()
        .mul(offset.sub(state.spreadBps.mul(0.5)).maximum(0))
        .exp(),
    );
  return { bid: rate(bidBps, state.imbalance.neg().add(1)), ask: rate(askBps, state.imbalance) };
}

/** Taker rates below it count as 0. */
const EPSILON = 1e-9;

/**
 * −φQ² + λᵇ[V(Q+1) − V(Q) − S(1 − bid/10⁴)] + λᵃ[V(Q−1) − V(Q) + S(1 + ask/10⁴)]
 *      + νᵇ[V(Q+1) − V(Q) − A(1 + fee/10⁴)] + νᵃ[V(Q−1) − V(Q) + B(1 − fee/10⁴)],   A, B = S(1 ± Δ/(2·10⁴))
 *
 * Offsets are relative, where the document prints S ∓ δ; a taker pays half the spread and the fee.
 */
export function evaluateControl(hjb: HjbComponents, state: StateVector, control: ControlVector, value: Value) {
  const { midPrice: S, inventory: Q, spreadBps } = state;
  const rates = fillRates(hjb, state, control);
  const gain = value(Q.add(1)).sub(value(Q));
  const loss = value(Q.sub(1)).sub(value(Q));
  const part = (bps: Expr) => bps.div(1e4);
  const ask = S.mul(part(spreadBps.mul(0.5)).add(1));
  const bid = S.mul(part(spreadBps.mul(0.5)).neg().add(1));
  const sent = (rate: Expr, each: Expr) => where(rate.less(EPSILON), 0, rate.mul(each));
  const terms = {
    penalty: hjb.phi.neg().mul(Q.square()),
    makerBid: rates.bid.mul(gain.sub(S.mul(part(control.bidBps).neg().add(1)))),
    makerAsk: rates.ask.mul(loss.add(S.mul(part(control.askBps).add(1)))),
    takerBuy: sent(control.takerBuy, gain.sub(ask.mul(part(hjb.takerFeeBps).add(1)))),
    takerSell: sent(control.takerSell, loss.add(bid.mul(part(hjb.takerFeeBps).neg().add(1)))),
  };
  return { ...terms, total: sum(Object.values(terms)) };
}

/** Of the grid, for bids (outer) and asks. */
const MULTIPLIERS = [0.5, 0.75, 1, 1.25, 1.5];
/** The grid's own limit of the inventory, and when and how fast it takes: not those of the heuristic. */
const GRID = { maxInventory: 100, threshold: 0.7, rate: 10 };

/** Controls that the grid looks at, in its order: symmetric(base), then bids × asks × without and with taking. */
export function gridCandidates(state: StateVector, baseBps: Expr): ControlVector[] {
  const taking = liquidation(state, urgency(state, constant(GRID.maxInventory)), GRID.threshold, GRID.rate);
  const quotes = MULTIPLIERS.flatMap((bid) => MULTIPLIERS.map((ask) => asymmetric(baseBps.mul(ask), baseBps.mul(bid))));
  return [symmetric(baseBps), ...quotes.flatMap((quote) => [quote, { ...quote, ...taking }])];
}

/** How many candidates the grid evaluates. */
export const GRID_EVALUATIONS = 1 + 2 * MULTIPLIERS.length ** 2;

/** `optimize_control`: the first of the best candidates, its value, and how many have that value. */
export function optimizeControl(hjb: HjbComponents, state: StateVector, baseBps: Expr, value: Value) {
  const candidates = gridCandidates(state, baseBps).map((control) => ({
    control,
    value: evaluateControl(hjb, state, control, value).total,
  }));
  const best = candidates.reduce((held, next) => choose(next.value.greater(held.value), next, held));
  const ties = sum(candidates.map((c) => where(c.value.greaterEqual(best.value), 1, 0)));
  return { ...best, ties };
}
