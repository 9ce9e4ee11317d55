/** Floor 7. Files as calls of the page: prices and checkpoints that the user opens, and what can be saved. Nothing is sent anywhere. */
import {
  checkpointOf,
  closeSession,
  configYaml,
  type Dataset,
  datasetOf as datasetNote,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeDataset,
  exportInMemory,
  exportsOf,
  type FileSigns,
  type FormatName,
  ofBlob,
  openCheckpointInMemory,
  openInBrowser,
  openPrices,
  poolSession,
  problemOf,
  rawOfCheckpoint,
  registry,
  signsOf,
  type TrainState,
  trainOptionsOf,
  unstarted,
} from 'poolgrad/browser';
import type { DataRef, Document, Section } from '../state.js';
import type { Handlers } from './call.js';
import { datasetOf, fileOf, keepFile } from './datasets.js';
import type { Question } from './models.js';
import { opened } from './opened.js';
import { readParquet } from './parquet.js';
import { sessionFor } from './sessions.js';

export interface FileCalls {
  /** What files seem to hold. */
  readonly signs: { readonly ask: readonly File[]; readonly event: never; readonly answer: readonly FileSigns[] };
  readonly openPrices: { readonly ask: PricesFiles; readonly event: never; readonly answer: PricesOpened };
  readonly openCheckpoint: { readonly ask: CheckpointFile; readonly event: never; readonly answer: CheckpointOpened };
  readonly savable: { readonly ask: Question; readonly event: never; readonly answer: readonly string[] };
  readonly save: { readonly ask: ToSave; readonly event: never; readonly answer: Saved };
}

export interface PricesFiles {
  readonly files: readonly { readonly asset: string | null; readonly file: File }[];
  /** Of texts whose header does not name their columns. */
  readonly format: FormatName | null;
}

export interface PricesOpened {
  readonly data: Extract<DataRef, { readonly from: 'file' }>;
  /** The account of what was read and filled. */
  readonly text: string;
}

export interface CheckpointFile {
  readonly file: File;
  /** The prices that the page has. */
  readonly data: DataRef;
}

export interface CheckpointOpened {
  /** With the numbers of the set that was chosen. */
  readonly config: Document;
  /** As it was trained. */
  readonly trained: Document;
  /** Whether the prices of the page are those that it was trained on. */
  readonly isOnItsPrices: boolean;
  readonly state: TrainState;
  readonly warnings: readonly string[];
}

/** What can be saved of a config besides its exports: the config, the checkpoint, the prices. */
export type SavedKind = 'config' | 'checkpoint' | 'prices';

export interface ToSave extends Question {
  /** A `SavedKind`, or the name of an export. */
  readonly what: string;
  /** Of a training; null: the values of the config, untrained. */
  readonly state: TrainState | null;
  /** What the checkpoint is called, by which exports are. */
  readonly name: string;
}

export interface Saved {
  readonly name: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
  /** What is to be known of it: rounding, what is still to be filled in. */
  readonly notes: readonly string[];
}

export const fileHandlers: Handlers<FileCalls> = {
  signs: (files, { signal }) => Promise.all(files.map((file) => signsOf(sourceOf(file, signal)))),
  async openPrices({ files, format }, { signal }) {
    const sources = files.map(({ asset, file }) => ({ asset, source: sourceOf(file, signal) }));
    const { dataset, text } = await openPrices(sources, format === null ? {} : { format });
    if (signal.aborted) return null;
    keepFile(dataset);
    return { data: { from: 'file', name: nameOf(files[0].file.name), hash: dataset.hash }, text };
  },
  async openCheckpoint({ file, data }) {
    const checkpoint = decodeCheckpoint(await file.text(), file.name);
    const names = { checkpoint: file.name, data: fileOf(data) };
    const whole = await datasetOf(data);
    const found = openCheckpointInMemory(checkpoint, registry, whole, names);
    const session = await openInBrowser(found.opened, { device: 'wasm' });
    try {
      const { config, dataset, rollout } = poolSession(session, 'the page');
      const raw = rawOfCheckpoint(checkpoint, session, file.name);
      const values = rollout.layout.values(raw);
      const { data: _, run: __, ...rest } = config.plain;
      const isAll = config.assets.join() === whole.assets.join();
      const plain = isAll ? rest : { ...rest, data: { assets: config.assets } };
      const sections = config.parts.map(({ section, model, parameters }) => {
        const own = Object.entries(parameters).flatMap(([key, { series, train, bounds }]) => {
          if (series !== undefined) return [];
          const name = `${model.name}.${key}`;
          const { column, size, labels } = rollout.layout.entry(name);
          const raws = Array.from(raw.subarray(column, column + size));
          const of = (numbers: readonly number[]) => (labels.length === 0 ? numbers[0] : [...numbers]);
          // a fee of 0 is infinitely far in raw numbers, of which a config takes none; it is 0 to the bit as a value
          const start = raws.every(Number.isFinite) ? { raw: of(raws), train } : { value: of(values[name]), train };
          return [[key, bounds === null ? start : { ...start, bounds }] as const];
        });
        return [section, { ...(rest[section] as Section), ...Object.fromEntries(own) }] as const;
      });
      return {
        config: { ...plain, ...Object.fromEntries(sections) },
        trained: plain,
        isOnItsPrices: dataset.hash === checkpoint.dataset?.hash,
        state: checkpoint.state,
        warnings: found.warnings,
      };
    } finally {
      closeSession(session);
    }
  },
  async savable(question) {
    const { spec } = await opened(question.config, question.data);
    return exportsOf({ kind: 'pool', spec });
  },
  async save({ what, state, name, ...question }) {
    if (what === 'prices') return pricesFile(await datasetOf(question.data), question.data);
    if (what === 'config') {
      const { config } = await opened(question.config, question.data);
      const { data: _, run: __, ...rest } = question.config;
      const own = {
        data: { file: fileOf(question.data), ...(config.assets.length === 0 ? {} : { assets: config.assets }) },
        ...rest,
      };
      return { name: 'pool.yaml', content: configYaml(own), notes: [] };
    }
    const session = await sessionFor(question, { device: 'wasm', training: false });
    try {
      const kept = state ?? (await unstarted(problemOf(session), trainOptionsOf(session.config)));
      const checkpoint = checkpointOf(session, kept, datasetNote(session));
      if (what === 'checkpoint') return { name, content: encodeCheckpoint(checkpoint), notes: [] };
      const made = exportInMemory(session, checkpoint.state.best.raw, checkpoint, { to: what, file: name });
      const blanks = made.placeholders.length === 0 ? [] : [`still to fill in: ${made.placeholders.join(', ')}`];
      return { name: made.name, content: made.text, notes: [...made.notes, ...made.warnings, ...blanks] };
    } finally {
      closeSession(session);
    }
  },
};

const sourceOf = (file: File, signal: AbortSignal) => ofBlob(file.name, file, (bytes) => readParquet(bytes, signal));

/** A dataset's file is Arrow, whatever it was made of. */
const nameOf = (file: string): string =>
  `${file.replace(/(\.(csv|tsv|txt|gz|zip|feather|arrow|parquet))+$/i, '')}.arrow`;

async function pricesFile(dataset: Dataset, data: DataRef): Promise<Saved> {
  return { name: fileOf(data), content: new Uint8Array(await encodeDataset(dataset)), notes: [] };
}
