/** A folder with a small dataset and a checkpoint trained on it, for the jobs behind the commands. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTrain } from '../../src/app/index.js';
import type { TrainOptions } from '../../src/app/options.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { synthDefaults, synthesize } from '../../src/data/synth.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint.js';

/** Ten days of A and B; other seeds are other prices under the same names. */
export const prices = (seed: number, days = 10) =>
  synthesize({ ...synthDefaults, assets: ['A', 'B'], days, seed, start: Date.UTC(2024, 0, 1) });

export const MOMENTUM = `pool: {kind: tfmm, fee: 0}
rule: {kind: momentum, memoryDays: 1, k: 1, chunkPeriod: 60, weightInterpolationPeriod: 60, maxMemoryDays: 5}
objective: returns
split: {burnInDays: 1}
train: {sets: 2, windows: 2, windowDays: 1, iterations: 4, checkpointEvery: 2}
run: {device: wasm, threads: 1}
`;

export const FEES = `pool: {kind: constant-weight, fee: {value: 0.003, train: true}}
flow: {kind: elastic, v0: 0.0005}
objective: returns
split: {burnInDays: 1}
train: {sets: 2, windows: 2, windowDays: 1, iterations: 4, checkpointEvery: 2}
run: {device: wasm, threads: 1}
`;

export const training = (options: Partial<TrainOptions>) =>
  runTrain({ set: [], json: true, signal: new AbortController().signal, ...options });

/** Trains a config on data of a seed, in `folder`: prices.arrow, NAME.yaml, NAME.json. The path of the checkpoint. */
export async function trainedIn(folder: string, name: string, config: string, seed = 7): Promise<string> {
  await saveDataset(join(folder, 'prices.arrow'), prices(seed));
  writeFileSync(join(folder, `${name}.yaml`), `data: prices.arrow\n${config}`);
  const out = join(folder, `${name}.json`);
  await training({ config: join(folder, `${name}.yaml`), out });
  return out;
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] };

/** A copy of a checkpoint with something else in it, under a hash that fits. */
export function changedCheckpoint(path: string, out: string, change: (c: Changeable<Checkpoint>) => void): string {
  const content = { ...decodeCheckpoint(readFileSync(path, 'utf8'), path) };
  change(content);
  writeFileSync(out, encodeCheckpoint(content));
  return out;
}

/** The message of what a job throws; fails where it throws nothing. */
export async function refusal(job: Promise<unknown>): Promise<string> {
  const outcome = await job.then(
    () => null,
    (error: Error) => error,
  );
  if (outcome === null) throw new Error('a refusal was expected, the job went through');
  if (outcome.name !== 'UserError') throw outcome;
  return outcome.message;
}
