/** Floor 7. The prices of the page, in the worker: shipped ones are fetched from the page's own origin, others drawn or handed in. */
import { type Dataset, drawnDataset, ofBlob, readDataset, resolveGenerator, UserError, wasm } from 'poolgrad/browser';
import shipped from '../../../datasets/two-assets-90d.arrow?url';
import type { DataRef } from '../state.js';

/** Files that the user opened, by hash. */
const files = new Map<string, Dataset>();
let last: { readonly key: string; readonly dataset: Promise<Dataset> } | null = null;

/** Keeps a dataset that a file was read into, for references by its hash. */
export const keepFile = (dataset: Dataset): void => {
  files.set(dataset.hash, dataset);
};

/** A dataset by its reference. Throws a UserError where it cannot be had. */
export function datasetOf(ref: DataRef): Promise<Dataset> {
  const key = JSON.stringify(ref);
  if (last?.key !== key) {
    const dataset = load(ref);
    last = { key, dataset };
    // what failed is tried again
    dataset.catch(() => {
      if (last?.dataset === dataset) last = null;
    });
  }
  return last.dataset;
}

async function load(ref: DataRef): Promise<Dataset> {
  if (ref.from === 'shipped') return fetched();
  if (ref.from === 'drawn') return drawn(ref);
  const file = files.get(ref.hash);
  if (file !== undefined) return file;
  throw new UserError(`data: ${ref.name} is a file of yours, which a link does not carry; open it again`);
}

/** When drawn prices begin: as those of `poolgrad data synth`. */
const START = Date.UTC(2024, 0, 1);

export type DrawnRef = Extract<DataRef, { readonly from: 'drawn' }>;

/** What draws them, as a config would have it under `data.model`. */
export const generatorOf = ({ model, assets }: DrawnRef) => resolveGenerator(model, assets, { at: ['data', 'model'] });

/** The same bits as of `poolgrad data synth --model` with the same numbers. */
function drawn(ref: DrawnRef): Dataset {
  const { assets, days, interval, seed } = ref;
  const span = { assets, days, interval, seed, start: START };
  return drawnDataset(generatorOf(ref), span, wasm, 'take calmer numbers, or fewer days').dataset;
}

async function fetched(): Promise<Dataset> {
  const response = await fetch(shipped);
  if (!response.ok) {
    throw new UserError(`data: the shipped prices could not be loaded (${response.status}); reload the page`);
  }
  return readDataset(ofBlob('two-assets-90d.arrow', await response.blob()));
}

/** The file that the prices are saved as, which configs and checkpoints of the page name. */
export const fileOf = (ref: DataRef): string => (ref.from === 'file' ? ref.name : 'prices.arrow');
