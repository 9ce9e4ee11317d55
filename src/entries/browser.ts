/**
 * 'poolgrad/browser': the library without Node.js. Configs and prices in memory, roll-outs and their gradients, training,
 * evaluation, checkpoints as texts; computed by WebAssembly, or by a GPU through WebGPU. See docs/browser.md.
 */

export { registry } from '../../kernels/index.js';
export { type InMemory, openCheckpointInMemory, rawOfCheckpoint } from '../app/checkpoint-in-memory.js';
export { checkpointOf, datasetOf } from '../app/checkpoint-of.js';
export { lanesText } from '../app/data-text.js';
export { drawnDataset } from '../app/drawn-dataset.js';
export { type ExportedFile, exportInMemory, exportsOf } from '../app/export-in-memory.js';
export { checkTraining } from '../app/footprint.js';
export {
  BROWSER_DEVICES,
  type BrowserDevice,
  type BrowserOptions,
  type DeviceHere,
  deviceHere,
  openInBrowser,
} from '../app/in-browser.js';
export {
  closeSession,
  initialRaw,
  type PoolSession,
  poolSession,
  type Session,
  type SystemSession,
  trainOptionsOf,
} from '../app/prepared.js';
export { specOf } from '../app/rollout.js';
export { WHILE_TRAINING } from '../app/settable.js';
export {
  courseNotes,
  doubtsOf,
  type Earlier,
  type Findings,
  findingsOf,
  patienceUsed,
  problemOf,
  stepsName,
} from '../app/training.js';

// Configs and what they are made of.

export {
  describeModel,
  describeModels,
  type ModelInfo,
  type ParameterInfo,
  type Part,
  type Plain,
  type SettingInfo,
} from '../config/describe.js';
export { ConfigError } from '../config/explain.js';
export { resolveGenerator } from '../config/generator.js';
export { configOf, openInMemory } from '../config/in-memory.js';
export { configJsonSchema } from '../config/json-schema.js';
export type { Registry } from '../config/registry.js';
export type { PoolConfig, RawConfig, RecordedConfig, ResolvedConfig } from '../config/resolve.js';
export type { OpenedConfig } from '../config/resolve-on.js';
export { type SectionField, trainFields } from '../config/section-fields.js';
export { configYaml } from '../config/yaml.js';
export { createDataset, type Dataset, selectAssets } from '../data/dataset.js';
export type { Split } from '../data/windows.js';
export { UserError } from '../errors.js';

// Files: bytes with a name, and what they hold.

export { encodeDataset, readDataset } from '../data/dataset-form.js';
export { type FormatName, formatNames } from '../data/formats.js';
export type { ImportOptions, ImportSource } from '../data/import.js';
export { ofBlob, ofBytes, parquetHere } from '../data/of-blob.js';
export { type FileSigns, type OpenedPrices, openPrices, signsOf } from '../data/open-prices.js';
export { type ParquetContent, parquetGivenUp, parquetSeconds } from '../data/parquet-decode.js';
export type { Source } from '../data/source.js';

// Figures of a path.

export { constantRival, metricsOfHolding, type Rival, worthOf } from '../evaluate/baselines.js';
export { evaluate } from '../evaluate/evaluate.js';
export type { Evaluation, EvaluationInput } from '../evaluate/input.js';
export { type Ground, measured } from '../evaluate/measured.js';
export { drawdowns, metrics } from '../evaluate/metrics.js';
export { type HeldPrices, heldPrices, type Metrics, metricOf, metricsOf, type Path } from '../evaluate/path.js';
export {
  formatCompact,
  formatCompactFigure,
  formatDate,
  formatDigits,
  formatMetric,
  formatNumber,
  formatPercent,
  formatQuantity,
  formatShortPercent,
  formatSpan,
  metricAxis,
  metricLabel,
  shownUnit,
  tickLabels,
} from '../evaluate/report/format.js';

// Roll-outs.

export { PoolCurves, type Standing, type TradingCurve } from '../pools/curve.js';
export { createPoolRollout, type PoolRollout, poolLayout } from '../pools/rollout.js';
export type { PoolSpec } from '../pools/spec.js';
export { POOL_SHOWS } from '../pools/system.js';
export { bySets } from '../rollout/by-sets.js';
export { Common } from '../rollout/common.js';
export { columnOf, type LayoutEntry, labelsOf, type ParameterLayout, valuesOfRaws } from '../rollout/layout.js';
export type { Parameter, Setting } from '../rollout/model.js';
export type { Rollout } from '../rollout/rollout.js';
export { type NamedValues, valueAndGrad } from '../rollout/value-and-grad.js';
export { type Resumable, type Turns, toEnd, withTurns } from '../targets/resumable.js';
export type { Target } from '../targets/target.js';
export { nextTurn } from '../targets/turn.js';
export { wasm } from '../targets/wasm/browser.js';

// Training.

export { trainableColumns } from '../train/bounds.js';
export { type Checkpoint, type CheckpointDataset, decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint.js';
export type { Held } from '../train/constraints.js';
export { amount, describeEvent, describeGuards, duration } from '../train/event-text.js';
export type { Progress, Share, TrainEvent } from '../train/events.js';
export { risingText } from '../train/outcome.js';
export type { TrainOptions, TrainProblem } from '../train/problem.js';
export type { Best, HistoryEntry, TrainState } from '../train/state.js';
export { type TrainHooks, type TrainResult, train } from '../train/train.js';
export { unstarted } from '../train/unstarted.js';
export { VERSION } from '../version.js';

// What `poolgrad ui` tells of a folder and of its trainings.

export type {
  CheckpointEntry,
  FileEntry,
  Listing,
  ReportEntry,
  RunNews,
  RunState,
  StreamEvents,
} from '../live/ui/wire.js';
export type { JournalHead, JournalLine } from '../train/journal-lines.js';
