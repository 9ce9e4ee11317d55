/** Floor 7. Opening files: prices that are dropped or chosen, and checkpoints. Whatever is opened stays on this machine. */
import { signal } from '@preact/signals';
import type { FileSigns, FormatName } from 'poolgrad/browser';
import { ask, EngineError } from '../engine/client.js';
import type { CheckpointOpened } from '../engine/files.js';
import { config, type DataRef, data } from '../state.js';

/** A file that was chosen, and what it is taken for. */
export interface Chosen {
  readonly file: File;
  readonly signs: FileSigns;
  /** As the user has it. */
  readonly asset: string;
}

/** Files that wait to be taken. */
export const chosen = signal<readonly Chosen[]>([]);
export const format = signal<FormatName | null>(null);
/** What is done at the moment; null while nothing is. */
export const busy = signal<string | null>(null);
export const said = signal<{ readonly isFault: boolean; readonly text: string } | null>(null);

/** A checkpoint that was opened, for its training's sake. */
export interface OpenedCheckpoint extends Pick<CheckpointOpened, 'config' | 'trained' | 'isOnItsPrices' | 'state'> {
  readonly name: string;
  /** The prices that it was opened on. */
  readonly data: DataRef;
}
export const checkpoint = signal<OpenedCheckpoint | null>(null);

async function doing(what: string, work: () => Promise<string | null>): Promise<void> {
  busy.value = what;
  said.value = null;
  try {
    const text = await work();
    if (text !== null) said.value = { isFault: false, text };
  } catch (error) {
    const text = error instanceof EngineError ? error.failure.message : String(error);
    said.value = { isFault: true, text };
  } finally {
    busy.value = null;
  }
}

/** Looks at files: checkpoints are opened at once; prices too, where nothing is to be asked about them. */
export function look(files: readonly File[]): Promise<void> {
  const isCheckpoint = files.length === 1 && /\.json$/i.test(files[0].name);
  if (isCheckpoint) return openCheckpoint(files[0]);
  return doing('looking at the files', async () => {
    if (files.length === 0) return null;
    const signs = await ask('signs', files);
    chosen.value = files.map((file, i) => ({ file, signs: signs[i], asset: signs[i].asset ?? '' }));
    format.value = signs.find(({ formats }) => formats.length > 0)?.formats[0] ?? null;
    const isOne = files.length === 1 && /\.arrow$/i.test(files[0].name);
    return isOne ? taken() : null;
  });
}

/** Takes the chosen files as the prices of the page. */
export const takePrices = (): Promise<void> => doing('reading the prices', taken);

async function taken(): Promise<string> {
  const files = chosen.value.map(({ file, asset }) => ({ file, asset: asset.trim() === '' ? null : asset.trim() }));
  const opened = await ask('openPrices', { files, format: format.value });
  chosen.value = [];
  data.value = opened.data;
  return opened.text;
}

const openCheckpoint = (file: File): Promise<void> =>
  doing('opening the checkpoint', async () => {
    const on = data.value;
    const opened = await ask('openCheckpoint', { file, data: on });
    config.value = opened.config;
    const { warnings, ...rest } = opened;
    checkpoint.value = { name: file.name, data: on, ...rest };
    const goesOn = rest.isOnItsPrices ? '; its training can go on under Train' : '';
    return [`${file.name}: its set is on the sliders${goesOn}`, ...warnings].join('\n');
  });
