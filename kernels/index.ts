/** Floor 3. The registry: every model that poolgrad ships, by the name that configs use; and parts that models share. */
import type { FlowModel } from '../src/pools/flow.js';
import type { FeeLawModel, PoolModel, RuleModel } from '../src/pools/model.js';
import type { ObjectiveModel, System } from '../src/rollout/model.js';
import { watch } from '../src/rollout/watch.js';
import { edge } from './competition/edge.js';
import { challengeMarket } from './competition/market.js';
import { ammChallenge } from './competition/system.js';
import { computeMarket } from './compute/market.js';
import { impactFee } from './fees/impact.js';
import { volatilityFee } from './fees/volatility.js';
import { elastic } from './flows/elastic.js';
import { routed } from './flows/routed.js';
import { maker } from './makers/maker.js';
import { makerObjectives } from './makers/objectives.js';
import { objectives } from './objectives/index.js';
import { concentratedRange } from './pools/concentrated-range.js';
import { constantWeight } from './pools/constant-weight.js';
import { eclp } from './pools/e-clp.js';
import { fmAmm } from './pools/fm-amm.js';
import { hmm } from './pools/hmm.js';
import { reclamm } from './pools/reclamm.js';
import { stableswap } from './pools/stableswap.js';
import { tfmm } from './pools/tfmm.js';
import { type Generator, generators } from './prices/index.js';
import { differenceMomentum } from './rules/difference-momentum.js';
import { marketCap } from './rules/market-cap.js';
import { meanReversionChannel } from './rules/mean-reversion-channel.js';
import { minimumVariance } from './rules/minimum-variance.js';
import { antiMomentum, momentum } from './rules/momentum.js';
import { powerChannel } from './rules/power-channel.js';
import { tripleThreat } from './rules/triple-threat.js';

// Sources of prices.
export { gbm } from './prices/gbm.js';
export {
  type Generator,
  hamiltonianWith,
  type Potential,
  partialOf,
  perRegime,
  potentialOf,
  withRegimes,
} from './prices/index.js';
// What models of one's own are made of, too.
export { type Memory, memoriesOf, memoryParameter, memorySettings } from './rules/memory.js';
export { weightChange } from './rules/weight-change.js';
export { guardedPath, pathSettings } from './weights/guardrail.js';

export interface Registry {
  readonly pools: Readonly<Record<string, PoolModel>>;
  readonly feeLaws: Readonly<Record<string, FeeLawModel>>;
  readonly rules: Readonly<Record<string, RuleModel>>;
  readonly flows: Readonly<Record<string, FlowModel>>;
  /** Systems other than pools. */
  readonly systems: Readonly<Record<string, System>>;
  /** Processes that draw prices. */
  readonly sources: Readonly<Record<string, Generator>>;
  /** Whose scores are maximised; each may also be charged for as a penalty. */
  readonly objectives: Readonly<Record<string, ObjectiveModel>>;
}

const byName = <T extends { readonly name: string }>(models: readonly T[]): Record<string, T> =>
  Object.fromEntries(models.map((m) => [m.name, m]));

export const registry: Registry = {
  pools: byName<PoolModel>([constantWeight, tfmm, hmm, reclamm, fmAmm, concentratedRange, eclp, stableswap]),
  feeLaws: byName<FeeLawModel>([impactFee, volatilityFee]),
  rules: byName<RuleModel>([
    momentum,
    antiMomentum,
    powerChannel,
    meanReversionChannel,
    tripleThreat,
    differenceMomentum,
    minimumVariance,
    marketCap,
  ]),
  flows: byName<FlowModel>([elastic, routed]),
  systems: byName<System>([watch, ammChallenge, maker, computeMarket]),
  sources: byName<Generator>([...generators, challengeMarket]),
  objectives: byName([...objectives, ...makerObjectives, edge]),
};
