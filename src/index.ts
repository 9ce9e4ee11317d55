/**
 * The public entry of the package, by floor: what it takes to run configs and to write models. Parts of it have entries of
 * their own: 'poolgrad/graph', 'poolgrad/train', 'poolgrad/evaluate', 'poolgrad/export', 'poolgrad/study'. The models that come
 * with it are in 'poolgrad/kernels'.
 *
 * Its types lean on none of TensorFlow.js; those that do are in 'poolgrad/tfjs'.
 * TensorFlow.js is imported by the first call that needs it (`loadEngine`, `loadTfjs`, `train`), never by importing this.
 */

// Mistakes that a user can mend.

export { UserError } from './errors.js';

// Floor 1: quotes over venues of compute and a market that trades, in plain numbers.

export {
  type Change,
  FOUNDER,
  HMM,
  type MarketState,
  type Planned,
  type Trades as MarketTrades,
} from './compute/hmm.js';
export {
  type Amounts,
  type BuyOrder,
  type BuyQuote,
  type Deposited,
  type DepositOrder,
  type SellOrder,
  type SellQuote,
  type Sla,
  Slipped,
  type SwapOrder,
  type Withdrawn,
  type WithdrawOrder,
  within,
} from './compute/orders.js';
export type { PrintedMarket } from './compute/printed.js';
export {
  type ComputeMarket,
  type ComputeQuote,
  type MarketVenue,
  priceOfMasks,
  type QuoteRequest,
  quote,
  Router,
} from './compute/quote.js';
export { type RouteGradient, routeGradient } from './compute/route/gradient.js';
export { type Route as ComputeRoute, type RouteProblem, Unroutable } from './compute/route/problem.js';
export { route } from './compute/route/route.js';

// Floor 0: the expressions that models are written in; programs of one's own are written with 'poolgrad/graph'.

export {
  add,
  constant,
  type DType,
  div,
  draw,
  Expr,
  integer,
  less,
  mul,
  neg,
  type Operand,
  type Precision,
  type ScanSpec,
  type SolveSpec,
  scan,
  solve,
  sub,
  type Tree,
  truth,
  where,
} from './graph/index.js';

// Floor 1: what runs programs.

export {
  type CudaExecutable,
  type CudaTarget,
  createCudaTarget,
  type DeviceReport,
  type DeviceWord,
} from './targets/cuda/index.js';
export { createNativeTarget, type Mode as NativeMode } from './targets/native/index.js';
export { reference } from './targets/reference/index.js';
export { type Resumable, type Turns, toEnd, waitFor, withTurns } from './targets/resumable.js';
export type {
  CompileOptions,
  DeviceArray,
  Executable,
  Inputs,
  Outputs,
  Probe,
  Resident,
  SynchronousExecutable,
  SynchronousTarget,
  Target,
} from './targets/target.js';
export { type Engine, loadEngine } from './targets/tfjs/engine.js';
export { type Backend, loadTfjs } from './targets/tfjs/index.js';
export { wasm } from './targets/wasm/index.js';
export type { Adapter as WebgpuAdapter, WebgpuExecutable, WebgpuTarget } from './targets/webgpu/index.js';
export { loadWebgpu } from './targets/webgpu/load.js';

// Floor 2: the contract of systems, and roll-outs of any kind.

export type { Aggregate } from './rollout/aggregate.js';
export { ARRIVALS, type Blocks } from './rollout/bridge.js';
export { type Clock, EACH_STEP, MINUTES, minutesOf, rowsOf } from './rollout/clock.js';
export { createRollout } from './rollout/compiled.js';
export { clip, dot, logistic, maximum, minimum, pow, softmax, squareplus, sum } from './rollout/functions.js';
export { columnOf, type LayoutEntry, ParameterLayout } from './rollout/layout.js';
export type { MemoryPlan } from './rollout/memory.js';
export type {
  Comparator,
  Derived,
  Draws,
  EpochRun,
  Model,
  ModelContext,
  Names,
  ObjectiveContext,
  ObjectiveModel,
  Parameter,
  Parameters,
  Row,
  Setting,
  Settings,
  Source,
  SourceContext,
  System,
  SystemContext,
  SystemRun,
  Tick,
  Within,
} from './rollout/model.js';
export { type RolloutWindows, rolloutOp } from './rollout/op.js';
export type { Prices } from './rollout/recorded.js';
export type {
  Path,
  ResumableRollout,
  Rollout,
  RolloutOptions,
  Scores,
  ScoresAndGradient,
  Shares,
} from './rollout/rollout.js';
export { type DrawnSource, layoutOf, type RecordedSource, type RolloutSpec } from './rollout/spec.js';
export { identity, positive, powerOfTwo, powerOrZero, sigmoid, simplex, type Transform } from './rollout/transforms.js';
export { type NamedValues, valueAndGrad } from './rollout/value-and-grad.js';
export { watch, watching } from './rollout/watch.js';

// Floor 2½: pools, the system of recorded prices.

export type { FlowModel, MeanFlow, Offer, Order, OrderFlow } from './pools/flow.js';
export type {
  FeeLawModel,
  Leg,
  LegSums,
  Minute,
  PoolModel,
  Quote,
  RuleModel,
  SeenMinute,
  SeriesDeclaration,
  SeriesRow,
  WeightPath,
  ZeroFee,
} from './pools/model.js';
export {
  createPoolRollout,
  type PoolRollout,
  type PoolRolloutOptions,
  poolLayout,
  type Trajectory,
} from './pools/rollout.js';
export type { Route } from './pools/route.js';
export type { RuleReadout } from './pools/rule-signal.js';
export type { PoolSeries } from './pools/series.js';
export type { PoolSpec } from './pools/spec.js';

// Floor 4: prices and configs.

export {
  type ChosenTarget,
  configJsonSchema,
  loadConfig,
  type OpenedConfig,
  type Overrides,
  openConfig,
  openTarget,
  type Registry,
  type ResolvedConfig,
  type ResolvedParameter,
} from './config/index.js';
export { createDataset, type Dataset, selectAssets } from './data/dataset.js';
export { loadDataset, saveDataset } from './data/dataset-file.js';
export { createRecording, type Recording, type Tops, type Trades } from './data/recording/recording.js';
export { encodeRecording, loadRecording } from './data/recording/recording-file.js';
export { drawWindows, type Split, type SplitSpec, splitRows } from './data/windows.js';

// Floor 5: the training loop. More of it in 'poolgrad/train'; evaluation and export are in 'poolgrad/evaluate', 'poolgrad/export'.

export { type TrainResult, train } from './train/train.js';
export { rowWindows, type ScenarioCounts, scenarioWindows, type Windows } from './train/windows.js';

// Floor 5½: a config made ready to run.

export { type PoolSession, poolSession, type Session, type SystemSession, trainOptionsOf } from './app/prepared.js';
export { type RuleWeights, type RuleWeightsInput, ruleWeights } from './app/rule-weights.js';
export { openSession } from './app/session.js';
