/** Floor 5. The lines of a training's journal. */
import type { TrainEvent } from './events.js';
import type { HistoryEntry } from './state.js';

export const JOURNAL = 'poolgrad-journal';

/** What the name of a journal ends in. */
export const ENDING = '.running.jsonl';

/** The first line. */
export interface JournalHead {
  readonly format: typeof JOURNAL;
  readonly version: 1;
  /** Whether it still runs: `hasEnded`. */
  readonly process: string;
  /** When this process began to train; ISO 8601. */
  readonly began: string;
  /** Name of the checkpoint beside it. */
  readonly checkpoint: string;
  /** The models, by name. */
  readonly title: string;
  readonly assets: readonly string[];
  readonly objective: string;
  readonly device: string;
  /** What the steps of `stepsPerSecond` are of. */
  readonly steps: string;
  readonly iterations: number;
}

/** A line after the first. */
export type JournalLine =
  | TrainEvent
  /** What a run that goes on has behind it. */
  | { readonly kind: 'history'; readonly history: readonly HistoryEntry[] }
  /** The checkpoint was written: its name, which changes where another run takes it. */
  | { readonly kind: 'saved'; readonly checkpoint: string; readonly iteration: number }
  /** The run ended with an error. */
  | { readonly kind: 'failed'; readonly error: string };

/** The head of a journal's text; null of any other. */
export function headOf(text: string): JournalHead | null {
  const head = lineOf(text.split('\n', 1)[0]) as Partial<JournalHead> | null;
  const isOurs = head?.format === JOURNAL && head.version === 1;
  return isOurs && hasAll(head) ? head : null;
}

const TEXTS = ['process', 'began', 'checkpoint', 'title', 'objective', 'device', 'steps'] as const;

/** Whoever shows a journal relies on its fields; a file that somebody else made may lack them. */
function hasAll(head: Partial<JournalHead>): head is JournalHead {
  const { assets, iterations } = head;
  const areTexts = (values: readonly unknown[]) => values.every((value) => typeof value === 'string');
  return (
    areTexts(TEXTS.map((key) => head[key])) &&
    Array.isArray(assets) &&
    areTexts(assets) &&
    Number.isFinite(iterations) &&
    !Number.isNaN(Date.parse(head.began as string))
  );
}

/** The object of a line; null where it is none, as a last line that is being written. */
export function lineOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
