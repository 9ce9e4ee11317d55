/** Floor 7. A training that runs, as its journal tells it so far. */
import type { HistoryEntry, JournalHead, JournalLine, Progress, RunNews, RunState, Share } from 'poolgrad/browser';

/** Two figures by iteration; what is not measured in one is left out. */
export interface Curves {
  /** On the windows of the iteration, mean over the sets. */
  readonly objective: readonly Point[];
  readonly validation: readonly Point[];
}

export interface Point {
  readonly iteration: number;
  readonly value: number;
}

export interface Run {
  readonly path: string;
  readonly checkpoint: string;
  readonly head: JournalHead;
  readonly state: RunState;
  /** When its journal was last written to, ms since 1970. */
  readonly modified: number;
  readonly curves: Curves;
  readonly progress: Progress | null;
  /** Within an iteration that takes long. */
  readonly share: Share | null;
  readonly error: string | null;
}

const NONE: Curves = { objective: [], validation: [] };

/** The run after the news. */
export function afterNews(before: Run | undefined, { lines, isWhole, ...news }: RunNews): Run {
  const { path, checkpoint, head, state, modified } = news;
  const old = isWhole ? undefined : before;
  let objective = [...(old?.curves.objective ?? [])];
  let validation = [...(old?.curves.validation ?? [])];
  let { progress, share, error }: Pick<Run, 'progress' | 'share' | 'error'> = old ?? {
    progress: null,
    share: null,
    error: null,
  };
  const take: { readonly [K in JournalLine['kind']]?: (line: Extract<JournalLine, { kind: K }>) => void } = {
    history: ({ history }) => {
      const past = curvesOf(history);
      objective = objective.concat(past.objective);
      validation = validation.concat(past.validation);
    },
    progress: (line) => {
      [progress, share] = [line, null];
      // it tells of the iteration that it follows
      objective.push({ iteration: line.iteration - 1, value: line.objective });
    },
    share: (line) => {
      share = line;
    },
    validation: ({ iteration, validation: value }) => validation.push({ iteration, value }),
    failed: (line) => {
      error = line.error;
    },
  };
  for (const line of lines) (take[line.kind] as ((line: JournalLine) => void) | undefined)?.(line);
  return { path, checkpoint, head, state, modified, curves: { objective, validation }, progress, share, error };
}

/** The curves of a history, as a checkpoint has it. */
export function curvesOf(history: readonly HistoryEntry[]): Curves {
  if (history.length === 0) return NONE;
  return {
    objective: history.map(({ iteration, objective }) => ({ iteration, value: objective })),
    validation: history.flatMap(({ iteration, validation }) =>
      validation === null ? [] : [{ iteration, value: validation }],
    ),
  };
}
