/**
 * Floor 5. Checkpoints: one JSON text that holds a training state and what it belongs to.
 *
 * Typed arrays are base64 of their little-endian bytes, so every number comes back to the bit. `hash` is the sha256 of
 * everything else in canonical form (keys sorted, no spaces): a damaged file is told from a good one.
 */
import { DEEPEST, isDeeperThan } from '../config/document.js';
import type { CodeFile } from '../config/own-models.js';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from '../export/document.js';
import { sha256 } from '../hash.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { checkpointSchema, FORMAT, VERSION } from './checkpoint-schema.js';
import { encodeArrays } from './encoding.js';
import type { TrainState } from './state.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface CheckpointDataset {
  readonly path: string;
  /** `Dataset.hash` */
  readonly hash: string;
  readonly assets: readonly string[];
  readonly rows: number;
}

export interface Checkpoint {
  /** Version of poolgrad that wrote it. */
  readonly program: string;
  /** The resolved config of the run, as the caller wants to have it back. */
  readonly config: { readonly [key: string]: Json };
  /** null where data are drawn: the config says all of them. */
  readonly dataset: CheckpointDataset | null;
  /** Files of the user's own that the models come from; absent where there are none. */
  readonly code?: readonly CodeFile[];
  /** Names and sizes of the parameters, in the order of the raw columns. */
  readonly layout: readonly { readonly name: string; readonly size: number }[];
  readonly state: TrainState;
}

/** What a checkpoint keeps of a layout. */
export const checkpointLayout = (layout: ParameterLayout): Checkpoint['layout'] =>
  layout.entries.map(({ name, size }) => ({ name, size }));

/** The text of the file. Equal checkpoints give equal texts. */
export function encodeCheckpoint(checkpoint: Checkpoint): string {
  const head = textsOf({ format: FORMAT, version: VERSION });
  const content = textsOf(checkpoint);
  return `${objectOf([...head, ['hash', `"${hashOf([...head, ...content])}"`], ...content])}\n`;
}

/** The checkpoint of a text; `path` is for messages. */
export function decodeCheckpoint(text: string, path: string): Checkpoint {
  const damaged = (what: string) =>
    new UserError(`checkpoint: '${path}' is damaged: ${what}; restore a copy, or train anew`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    if (!text.startsWith(`{"format":"${FORMAT}"`)) throw foreign(path, 'text that is not JSON');
    throw damaged(`it ends after ${text.length} characters, within the JSON`);
  }
  const { format, version, hash, ...rest } = (document ?? {}) as Record<string, unknown>;
  if (format !== FORMAT) throw foreign(path, `format ${JSON.stringify(format) ?? 'none'}`);
  if (version !== VERSION) {
    throw new UserError(
      `checkpoint: '${path}' has version ${JSON.stringify(version)}, this poolgrad reads version ${VERSION}; use the poolgrad that wrote it, or a newer one`,
    );
  }
  if (isDeeperThan(document, DEEPEST)) throw damaged(`its parts lie within each other more than ${DEEPEST} deep`);
  const expected = hashOf(textsOf({ format, version, ...rest }));
  if (hash !== expected) throw damaged(`its hash is ${short(hash)}, its content has ${short(expected)}`);
  const parsed = checkpointSchema.safeParse(rest);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const got = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], rest);
    // conditions of our own say what came
    const came = issue.code === 'custom' ? '' : `, got ${shorten(got)}`;
    throw damaged(`${issue.path.join('.') || 'content'}: ${plainMessage(issue.message)}${came}`);
  }
  return parsed.data;
}

const foreign = (path: string, got: string) =>
  new UserError(
    `checkpoint: '${path}': a ${FORMAT} was expected, got ${got}; give the path of a file that train wrote`,
  );

const short = (hash: unknown): string => (typeof hash === 'string' ? `${hash.slice(0, 12)}…` : String(hash));

/** prices.arrow (21600 rows of BTC, ETH, 89c351d4e79d…) */
export const datasetText = ({ path, rows, assets, hash }: CheckpointDataset): string =>
  `${path} (${rows} rows of ${assets.join(', ')}, ${short(hash)})`;

/**
 * Throws a UserError where a run that resumes has another dataset or other parameters than the checkpoint.
 */
export function checkBelongs(checkpoint: Checkpoint, dataset: CheckpointDataset | null, layout: ParameterLayout): void {
  const saved = checkpoint.dataset;
  if (saved?.hash !== dataset?.hash) {
    const text = (d: CheckpointDataset | null) => (d === null ? 'what its config draws' : datasetText(d));
    throw new UserError(
      `resume: the checkpoint was trained on ${text(saved)}, got ${text(dataset)}; give the same data, or train anew on the other with --init-from`,
    );
  }
  const [wanted, got] = [checkpoint.layout, checkpointLayout(layout)].map(layoutText);
  if (wanted !== got) {
    throw new UserError(
      `resume: the checkpoint has the parameters ${wanted}, got ${got}; use its config, or train anew`,
    );
  }
}

const layoutText = (layout: Checkpoint['layout']): string => layout.map((e) => `${e.name} (${e.size})`).join(', ');

/** Throws a UserError where the config of the checkpoint has other assets than its dataset. `path` is for messages. */
export function checkAssets({ dataset }: Checkpoint, assets: readonly string[], path: string): void {
  if (dataset === null || assets.join() === dataset.assets.join()) return;
  throw new UserError(
    `checkpoint: '${path}': its config was expected to have the assets of its dataset, ${dataset.assets.join(', ')}, got ${assets.join(', ')}; restore a copy, or train anew`,
  );
}

/**
 * Throws a UserError where the models of the checkpoint's config do not have its parameters, in its order: numbers are
 * taken by their place. `path` is for messages.
 */
export function checkLayout({ layout: saved, program }: Checkpoint, layout: ParameterLayout, path: string): void {
  const [got, wanted] = [saved, checkpointLayout(layout)].map(layoutText);
  if (got !== wanted) {
    throw new UserError(
      `checkpoint: '${path}' has the parameters ${got}, its models have ${wanted}; use the version that wrote it (${program})`,
    );
  }
}

/**
 * Throws a UserError where a raw number of the best set is none: a column that trains must be finite, one that is frozen may
 * be infinite where it starts so (a fee of 0), and all values that they stand for must be finite.
 *
 * @param raw the best set's, with the values of `--set` in it: [columns]
 * @param trainable by column, as the config says; `initial` its raw start values
 * @param path of the checkpoint, for messages
 */
export function checkNumbers(
  raw: Float64Array,
  layout: ParameterLayout,
  trainable: Uint8Array,
  initial: Float64Array,
  path: string,
): void {
  const refuse = (name: string, what: string) =>
    new UserError(
      `checkpoint: '${path}': finite numbers were expected of the best set, got ${what} for ${name}; restore a copy, or train anew`,
    );
  for (const { name, column, size, parameter } of layout.entries) {
    for (let c = column; c < column + size; c++) {
      const isStart = trainable[c] === 0 && raw[c] === initial[c];
      if (!Number.isFinite(raw[c]) && !isStart) throw refuse(name, `the raw number ${raw[c]}`);
    }
    const infinite = parameter.transform
      .forward([...raw.subarray(column, column + size)])
      .find((x) => !Number.isFinite(x));
    if (infinite !== undefined) throw refuse(name, `the value ${infinite}`);
  }
}

/** Entries of an object as their JSON, so that what is hashed and what is written share it. */
type Texts = readonly (readonly [key: string, json: string])[];

/** In ascending order of the keys, as objects keep it. */
const textsOf = (content: object): Texts =>
  Object.entries(Object.fromEntries(Object.entries(content).sort(byKey)))
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, canonical(item)]);

const objectOf = (texts: Texts): string =>
  `{${texts.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** Of entries whose keys, all of them, are sorted within. */
const hashOf = (texts: Texts): string => sha256(objectOf(texts.toSorted(byKey)));

/** Of objects that cannot change any more, such as what an iteration measured: a training is saved over and over. */
const kept = new WeakMap<object, string>();

/** JSON with the keys of all objects in it in ascending order, and typed arrays in their form. */
function canonical(value: unknown): string {
  if (ArrayBuffer.isView(value)) return canonical(encodeArrays(value));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const known = kept.get(value);
  if (known !== undefined) return known;
  const json = objectOf(textsOf(value));
  if (isFixed(value)) kept.set(value, json);
  return json;
}

/** Whether nothing in a value can change. */
const isFixed = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFixed));
