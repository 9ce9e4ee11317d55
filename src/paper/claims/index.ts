/** Floor 5. The claims of the papers, in the order in which the study takes them. One more is one more entry. */
import type { Claim } from '../claim.js';
import { convexity, curvatureKnob, jointKappa, lyapunov, movingCurvature, targetInventory } from './curves.js';
import { arbitrageLoops, riskFeeNorm, riskFeeSplitting, sandwiches, sandwichShare } from './fees.js';
import { capitalEfficiency, impermanentLoss, priceStability, quoteLatency } from './prices.js';
import { recovery } from './recovery.js';
import { expertWeights, lpShares, unusedCompute, washTrades } from './work.js';

export const claims: readonly Claim[] = [
  quoteLatency,
  priceStability,
  capitalEfficiency,
  impermanentLoss,
  recovery,
  arbitrageLoops,
  curvatureKnob,
  targetInventory,
  convexity,
  movingCurvature,
  jointKappa,
  lyapunov,
  riskFeeSplitting,
  sandwiches,
  sandwichShare,
  riskFeeNorm,
  washTrades,
  unusedCompute,
  lpShares,
  expertWeights,
];
