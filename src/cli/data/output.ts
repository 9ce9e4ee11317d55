/** Floor 6. The dataset that a `data` command writes. */
import { withNotes } from '../../app/files.js';
import type { JobOutput } from '../../app/options.js';
import { claimOutput, type Output } from '../../files/output.js';
import { printOutput } from '../shared.js';

/** Throws a UserError where it cannot be written, before any work for it. */
export const claimDataset = (path: string, inputs: readonly string[] = []): Promise<Output> =>
  claimOutput({ path, kind: 'dataset', flag: '--out', inputs });

/** Says what was written and where, and the `next` command, if there is one. */
export function printDataset(
  { path, notes }: Output,
  { text, json }: JobOutput,
  { asJson = false, next }: { readonly asJson?: boolean; readonly next?: string } = {},
): void {
  const output = withNotes({ text: `${text}\nwrote ${path}`, json: { out: path, ...json } }, notes);
  printOutput(next === undefined ? output : { ...output, text: `${output.text}\nnext: ${next}` }, asJson);
}
