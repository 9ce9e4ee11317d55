/** Floor 3, compute market. What every step keeps, to rounding: credits, tokens, compute of each pool, the value of all. */
import type { Expr } from '../../src/graph/index.js';
import { balance } from '../../src/rollout/balance.js';
import type { Identity, Tick } from '../../src/rollout/model.js';
import { effective, type Flows, type Market, worthAt } from './state.js';
import type { World } from './world.js';

/** ΣΘ + ΣH + ΣP − e·V = 0: credits exist only inside, each with its tokens locked. */
const credits = (w: World, { pools, flights, tokens }: Market): Identity =>
  balance(...pools.flatMap((p) => [p.theta, p.hold]), ...flights.flatMap((f) => f.pay), tokens.vault.mul(w.rate).neg());

const heldOf = ({ tokens, workers }: Market): Expr[] => [
  tokens.outside,
  tokens.treasury,
  tokens.vault,
  ...workers.map((x) => x.bond),
];

/** Δ(O + T + V + Σb) − Δminted + Δburned = 0 */
const tokens = (before: Market, after: Market): Identity =>
  balance(
    ...heldOf(after),
    ...heldOf(before).map((x) => x.neg()),
    before.tokens.minted,
    after.tokens.minted.neg(),
    after.tokens.burned,
    before.tokens.burned.neg(),
  );

const MOVES: readonly (readonly [keyof Flows, 1 | -1])[] = [
  ['supplied', 1],
  ['bought', -1],
  ['arbitrage', 1],
  ['returned', 1],
  ['revalued', 1],
  ['liquidity', 1],
  ['expired', -1],
  ['destroyed', -1],
];

/** ΔΨ − Σ of what came + Σ of what went = 0 */
const compute = (before: Market, after: Market, i: number): Identity =>
  balance(
    effective(after, i),
    effective(before, i).neg(),
    ...MOVES.flatMap(([key, sign]) => [before.flows[i][key].mul(sign), after.flows[i][key].mul(-sign)]),
  );

const GAINS: readonly (keyof Flows)[] = ['moves', 'tradeGain', 'arbitrageGain', 'bookGain', 'liquidityValue'];

/** ΔV − Σ Ψ·ΔP − Σ(ΔΘ + P·ΔΨ) of trades, revaluation and liquidity = 0 */
const value = (before: Market, after: Market, tick: Tick): Identity =>
  balance(
    ...after.pools.map((_, i) => worthAt(after, i, tick.now.prices[i])),
    ...before.pools.map((_, i) => worthAt(before, i, tick.before.prices[i]).neg()),
    ...after.flows.flatMap((flow, i) => GAINS.flatMap((key) => [before.flows[i][key], flow[key].neg()])),
  );

export const identities = (w: World, before: Market, after: Market, tick: Tick): Record<string, Identity> => ({
  credits: credits(w, after),
  tokens: tokens(before, after),
  ...Object.fromEntries(after.pools.map((_, i) => [`compute ${i + 1}`, compute(before, after, i)])),
  value: value(before, after, tick),
});
