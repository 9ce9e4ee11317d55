/** Floor 4. Datasets in files of the form of dataset-form.ts. */
import { claimOutput } from '../files/output.js';
import type { Dataset } from './dataset.js';
import { encodeDataset, readDataset } from './dataset-form.js';
import { onDisk } from './on-disk.js';

/** As `readDataset`. Throws a UserError for a file that is not there, too. */
export const loadDataset = (path: string): Promise<Dataset> => readDataset(onDisk(path));

/**
 * Writes a dataset as an Arrow IPC file; readers see the old file or the whole new one. The folder is made where it is
 * missing. Throws a UserError where it cannot be written.
 */
export async function saveDataset(path: string, d: Dataset): Promise<void> {
  const output = await claimOutput({ path, kind: 'dataset' });
  await output.write(await encodeDataset(d));
}
