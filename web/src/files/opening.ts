/** Floor 7. Opening files: prices that are dropped or chosen, and checkpoints. Whatever is opened stays on this machine. */
import { effect, signal } from '@preact/signals';
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

/** Puts what was read into the page, and says what came of it. */
type Take = () => string | null;

/** Of what is done at the moment. */
let current: AbortController | null = null;

/**
 * The last opened wins: what was begun before is ended, and of its result nothing is taken. So it is where other prices are
 * chosen meanwhile. Answers whether something was taken.
 */
async function doing(what: string, work: (signal: AbortSignal) => Promise<Take>): Promise<boolean> {
  current?.abort();
  const mine = new AbortController();
  current = mine;
  busy.value = what;
  said.value = null;
  const before = data.value;
  const watching = effect(() => {
    if (data.value !== before) mine.abort();
  });
  const end = () => {
    watching();
    if (current !== mine) return;
    current = null;
    busy.value = null;
  };
  try {
    const take = await work(mine.signal);
    mine.signal.throwIfAborted();
    end();
    const text = take();
    if (text !== null) said.value = { isFault: false, text };
    return true;
  } catch (error) {
    end();
    if (!mine.signal.aborted) {
      said.value = { isFault: true, text: error instanceof EngineError ? error.failure.message : String(error) };
    }
    return false;
  }
}

/** The last that was begun, and how many were. */
let begun: Promise<boolean> = Promise.resolve(true);
let count = 0;

function begin(what: string, work: (signal: AbortSignal) => Promise<Take>): Promise<boolean> {
  count++;
  begun = doing(what, work);
  return begun;
}

const isCheckpoint = ({ name }: File): boolean => /\.json$/i.test(name);

/**
 * Looks at files: checkpoints are opened at once; prices too, where nothing is to be asked about them. Answers whether they
 * were, or wait for their assets to be named.
 */
export function look(files: readonly File[]): Promise<boolean> {
  const checkpoints = files.filter(isCheckpoint);
  if (checkpoints.length === 1 && files.length === 1) return openCheckpoint(checkpoints[0]);
  return begin('looking at the files', async (signal) => {
    if (checkpoints.length > 0) throw new EngineError(oneAtATime(checkpoints));
    const signs = await ask('signs', files, { signal });
    signal.throwIfAborted();
    chosen.value = files.map((file, i) => ({ file, signs: signs[i], asset: signs[i].asset ?? '' }));
    format.value = signs.find(({ formats }) => formats.length > 0)?.formats[0] ?? null;
    const isOne = files.length === 1 && /\.arrow$/i.test(files[0].name);
    return isOne ? read(signal) : () => null;
  });
}

const oneAtATime = (checkpoints: readonly File[]) => ({
  message: `${checkpoints.map(({ name }) => name).join(', ')}: checkpoints are opened one at a time, after the prices; open one of them alone`,
  path: [],
  isMistake: true,
});

/** Takes the chosen files as the prices of the page. */
export const takePrices = (): Promise<boolean> => begin('reading the prices', read);

async function read(signal: AbortSignal): Promise<Take> {
  busy.value = 'reading the prices';
  const files = chosen.value.map(({ file, asset }) => ({ file, asset: asset.trim() === '' ? null : asset.trim() }));
  const opened = await ask('openPrices', { files, format: format.value }, { signal });
  return () => {
    chosen.value = [];
    data.value = opened.data;
    return opened.text;
  };
}

/** A checkpoint is opened on the prices of the page: those that are being read come first. */
async function openCheckpoint(file: File): Promise<boolean> {
  const asked = ++count;
  const isBusy = busy.value !== null;
  const isTaken = await begun;
  // something newer, or a fault that stands there
  if (asked !== count || (isBusy && !isTaken)) return false;
  return begin('opening the checkpoint', async (signal) => {
    const on = data.value;
    const opened = await ask('openCheckpoint', { file, data: on }, { signal });
    const { warnings, ...rest } = opened;
    return () => {
      config.value = opened.config;
      checkpoint.value = { name: file.name, data: on, ...rest };
      const goesOn = rest.isOnItsPrices ? '; its training can go on under Train' : '';
      return [`${file.name}: its set is on the sliders${goesOn}`, ...warnings].join('\n');
    };
  });
}
