/** Floor 7. The prices of the page, in the worker: shipped ones are fetched from the page's own origin, others drawn or handed in. */
import { type Dataset, datasetFromBytes, drawDataset, UserError } from 'poolgrad/browser';
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
  if (ref.from === 'drawn') return drawDataset(ref.model, ref);
  const file = files.get(ref.hash);
  if (file !== undefined) return file;
  throw new UserError(`data: ${ref.name} is a file of yours, which a link does not carry; open it again`);
}

async function fetched(): Promise<Dataset> {
  const response = await fetch(shipped);
  if (!response.ok)
    throw new UserError(`data: the shipped prices could not be loaded (${response.status}); reload the page`);
  return datasetFromBytes(new Uint8Array(await response.arrayBuffer()), 'two-assets-90d.arrow');
}
