/** 'poolgrad/train': the training loop, its checkpoints, and the bounds of raw parameters. */

export { type RawBounds, rawBounds, trainableColumns } from '../train/bounds.js';
export { type Checkpoint, type CheckpointDataset, checkpointLayout } from '../train/checkpoint.js';
export { loadCheckpoint, saveCheckpoint } from '../train/checkpoint-file.js';
export type { Constraint, Held } from '../train/constraints.js';
export type { TrainEvent } from '../train/events.js';
export type { OptimizerSpec, ScheduleSpec, TrainOptions, TrainProblem } from '../train/problem.js';
export type { Best, HistoryEntry, TrainState } from '../train/state.js';
export { type TrainHooks, type TrainResult, train } from '../train/train.js';
