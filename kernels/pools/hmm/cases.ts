/** Floor 3, hmm pool. What the golden cases ask, as a program: swaps and the optimal arbitrage of one asset, a case a lane. */
import { buffer, constant, emit, load, type Program, trace, where } from '../../../src/graph/index.js';
import { optimalTrade, sides } from './arbitrage.js';
import { computeFor, creditsFor, price, twiceInvariant } from './curve.js';

/** The set buffers of the program, one number a case: names as in the cases. */
export const HMM_CASE_INPUTS = [
  'w',
  'lambda_',
  'psi',
  'theta',
  'effectiveIn',
  'exactOut',
  'marketFee',
  'riskFee',
  'outsidePrice',
] as const;

/**
 * Outputs, one number a case: price, kappa, psiOut (for effectiveIn credits), effectiveInForOut (credits for exactOut),
 * side (+1 the arbitrageur buys Ψ, −1 sells, 0 does nothing), amount (of Ψ, gross when sold), profit.
 */
export function hmmCaseProgram(): Program {
  return trace('hmm cases', () => {
    const [w, lambda, psi, theta, effectiveIn, exactOut, market, risk, outside] = HMM_CASE_INPUTS.map((name) =>
      load(buffer('set', name, 1), 0),
    );
    const curve = { rho: lambda.div(w), x: psi, y: theta };
    const side = sides(curve, market, outside, constant(1));
    const trades = side.buys.or(side.sells);
    const trade = optimalTrade(curve, { market, risk }, outside, side);
    const outputs = {
      price: price(curve),
      kappa: twiceInvariant(curve).mul(w).mul(0.5),
      psiOut: computeFor(curve, effectiveIn),
      effectiveInForOut: creditsFor(curve, exactOut),
      side: where(side.buys, 1, where(side.sells, -1, 0)),
      amount: where(trades, trade.amount, 0),
      profit: where(trades, trade.profit, 0),
    };
    for (const [name, value] of Object.entries(outputs)) emit(buffer('output', name, 1), 0, value);
  });
}
