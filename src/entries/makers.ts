/** 'poolgrad/makers': makers whose optimum is known, on plain numbers; and the Hyperliquid HJB framework as printed. */

export * as seed from '../../kernels/makers/seed/index.js';
export { soundValue } from '../../kernels/makers/seed/sound.js';
export { type MakerProblem, makerProblem } from '../config/maker-problem.js';
export { type CandleFitOptions, type Candles, fitCandles } from '../fit/maker/candles.js';
export { type DocumentOptions, makerYaml, whyNoDocument } from '../fit/maker/document.js';
export { fitMaker, type MakerFit, type MakerFitOptions } from '../fit/maker/fit.js';
export {
  type Background,
  type BackgroundOptions,
  type BackgroundReport,
  validateInBackground,
} from '../live/maker/background.js';
export { gapOf } from '../live/maker/gap.js';
export { type TunerInput, tune, tunerGradient, tunerStart } from '../live/maker/tuner.js';
export { type Validation, validate } from '../live/maker/validate.js';
export {
  type Decay,
  decayFromBins,
  decayFromDepths,
  decayFromFills,
  decayFromTouches,
} from '../makers/calibrate.js';
export {
  avellanedaStoikov,
  type ExponentialUtility,
  linearEquivalent,
  utilityClosedForm,
  utilityGrowth,
  utilityOffsets,
} from '../makers/exponential-utility.js';
export { valuesAt } from '../makers/horizon.js';
export {
  type Flows,
  flowsOf,
  type LongRun,
  longRun,
  type Policy,
  policyFor,
  stationaryLaw,
  valueOfPolicy,
} from '../makers/long-run.js';
export {
  type ManyQuotes,
  type ManySteppedMarket,
  manySteppedOptimum,
  manySteppedValue,
} from '../makers/many-discrete.js';
export { fromBps, type MarketInBps } from '../makers/market-bps.js';
export {
  type Asset,
  gridIndex,
  indexOf,
  inventoryGrid,
  type ManyAssets,
  type MarketState,
  manyAssets,
  type Problem,
  type SingleAsset,
  singleAsset,
} from '../makers/problem.js';
export { offsetsBySide, type Sides, tablePolicy } from '../makers/quotes.js';
export { firstMid, type MarketSeen, type Replayed, type ReplayRules, replayed } from '../makers/replay.js';
export {
  type Quadratic,
  type QuadraticLaw,
  quadraticLaws,
  quadraticOffsets,
  stationaryLaw as stationaryQuadraticLaw,
} from '../makers/riccati.js';
export { bounceOf, markoutOf, reversionOf, volatilities } from '../makers/volatility.js';
export { type Solved, solveMaker } from '../solve/solve.js';
export type { Lanewise } from '../targets/lanewise.js';
