/** Floor 7. A config of the page resolved on its data: what every part of the engine starts from. The last one is kept. */
import {
  type Dataset,
  openInMemory,
  type ParameterLayout,
  type PoolConfig,
  type PoolSpec,
  poolLayout,
  type RecordedConfig,
  registry,
  type Split,
  specOf,
  UserError,
} from 'poolgrad/browser';
import type { DataRef, Document } from '../state.js';
import { datasetOf, fileOf } from './datasets.js';

export interface Opened {
  readonly config: PoolConfig & RecordedConfig;
  readonly spec: PoolSpec;
  /** Restricted to the assets of the config. */
  readonly dataset: Dataset;
  readonly whole: Dataset;
  readonly split: Split;
  readonly layout: ParameterLayout;
}

let last: { readonly key: string; readonly opened: Promise<Opened> } | null = null;

/** The config resolved on the data that are named. Throws a ConfigError where it is wrong, a UserError where the data are. */
export function opened(config: Document, data: DataRef): Promise<Opened> {
  const key = JSON.stringify([config, data]);
  if (last?.key !== key) {
    const opened = open(config, data);
    last = { key, opened };
    // what failed is tried again: a file that a link names may have been opened since
    opened.catch(() => {
      if (last?.opened === opened) last = null;
    });
  }
  return last.opened;
}

async function open(document: Document, data: DataRef): Promise<Opened> {
  const whole = await datasetOf(data);
  const assets = (document.data as { readonly assets?: readonly string[] } | undefined)?.assets;
  const raw = { ...document, data: { file: fileOf(data), ...(assets === undefined ? {} : { assets }) } };
  const { config, recorded } = openInMemory(raw, registry, whole);
  if (config.kind !== 'pool' || recorded === null) {
    throw new UserError(
      `config: a pool on prices was expected here, got ${config.title}; the command line takes any system`,
    );
  }
  const spec = specOf(config);
  return { config, spec, dataset: recorded.dataset, whole, split: recorded.split, layout: poolLayout(spec) };
}
