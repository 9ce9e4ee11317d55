/** Floor 5. What the server of a folder tells the page, as JSON. Paths are seen from the folder, with `/`. */
import type { ReportFigures } from '../../evaluate/report/figures.js';
import type { JournalHead, JournalLine } from '../../train/journal-lines.js';

/** A file that the page can open. */
export interface FileEntry {
  readonly path: string;
  /** `prices`: of an exchange, still to be imported. */
  readonly kind: 'dataset' | 'prices' | 'config';
  readonly size: number;
  /** ms since 1970 */
  readonly modified: number;
  /** Of a config: the dataset that it names, where that is in the folder. */
  readonly dataset: string | null;
}

export interface CheckpointEntry {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  /** Kinds of its models. */
  readonly title: string;
  readonly assets: readonly string[];
  /** Of its config. */
  readonly objective: string;
  /** Of the best set so far. */
  readonly validation: number;
  readonly iteration: number;
  readonly iterations: number;
  /** Whether training came to its end; else it can be resumed. */
  readonly finished: boolean;
  /** Where its dataset is in the folder; null where its data are drawn, or elsewhere. */
  readonly dataset: string | null;
  /** The report that `evaluate` writes for it by default, where there is one. */
  readonly report: string | null;
  /** Files of the user's own code that its models come from: nothing here runs them. */
  readonly code: readonly string[];
}

export interface ReportEntry {
  readonly path: string;
  readonly modified: number;
  /** What it says of the test split; null of one of many pools, or of an older poolgrad. */
  readonly figures: ReportFigures | null;
}

export interface Listing {
  /** Name of the folder. */
  readonly folder: string;
  readonly files: readonly FileEntry[];
  readonly checkpoints: readonly CheckpointEntry[];
  readonly reports: readonly ReportEntry[];
  /** What cannot be read, and why. */
  readonly damaged: readonly { readonly path: string; readonly error: string }[];
  /** What is left out. */
  readonly notes: readonly string[];
}

/** `elsewhere`: on another machine or in another container, from where it cannot be told. */
export type RunState = 'running' | 'killed' | 'failed' | 'elsewhere';

/** News of a training, by its journal. */
export interface RunNews {
  /** Of the journal. */
  readonly path: string;
  /** Of the checkpoint that it writes. */
  readonly checkpoint: string;
  readonly head: JournalHead;
  readonly state: RunState;
  /** Whether `lines` are all there are; else those since the last news. */
  readonly isWhole: boolean;
  readonly lines: readonly JournalLine[];
  /** When the journal was last written to, ms since 1970. */
  readonly modified: number;
}

/** Events of the stream `api/events`. */
export interface StreamEvents {
  readonly listing: Listing;
  readonly run: RunNews;
  /** The journal is gone: the run has ended, and its checkpoint tells how. */
  readonly gone: { readonly path: string };
}
