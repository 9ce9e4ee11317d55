/** Floor 7. The training of the page: what its views show of it, and what they may do with it. */
import { batch, computed, signal } from '@preact/signals';
import type { Earlier } from 'poolgrad/browser';
import { setValues } from './edit.js';
import { form } from './engine/answers.js';
import type { Failure } from './engine/call.js';
import { ask, EngineError } from './engine/client.js';
import type { Column } from './engine/columns.js';
import type { Question } from './engine/models.js';
import type { DeviceName } from './engine/sessions.js';
import type { Begun, BestNow, Course, News, Outcome } from './engine/training.js';
import { goingOn } from './going-on.js';
import { config, data } from './state.js';

export type Status = 'starting' | 'running' | 'pausing' | 'paused' | 'stopping' | 'done' | 'failed';

/** Where all sets were in one iteration: [columns][sets]. */
export interface Placed {
  readonly iteration: number;
  readonly values: Float64Array;
}

/** A training from its start to its end. */
export interface Run {
  /** What was trained, to know whether the page still shows it. */
  readonly question: Question;
  readonly status: Status;
  readonly begun: Begun | null;
  readonly entries: Begun['history'];
  /** Thinned out where it is long. */
  readonly course: readonly Placed[];
  readonly best: BestNow | null;
  readonly stepsPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly doing: News['doing'];
  readonly warnings: readonly string[];
  readonly outcome: Outcome | null;
  readonly failure: Failure | null;
}

/** The last one; null before the first. */
export const run = signal<Run | null>(null);
/** The last one that came to an end. */
export const ended = signal<Run | null>(null);
export const device = signal<DeviceName>('wasm');

export const isActive = computed(() => {
  const status = run.value?.status;
  return status !== undefined && status !== 'done' && status !== 'failed';
});

/** Places of a course that are kept at most, numbers of all of them, and warnings. */
const MOST_PLACES = 1500;
const MOST_NUMBERS = 2e6;
const MOST_WARNINGS = 50;

const change = (changes: Partial<Run>): void => {
  if (run.value !== null) run.value = { ...run.value, ...changes };
};

/** Where a training starts: at the values of the page, where the last one was stopped, or with an opened checkpoint. */
export type Start = 'values' | 'stopped' | 'checkpoint';

interface Beginning {
  readonly question: Question;
  readonly resume: Earlier | null;
  /** Of the same training. */
  readonly before: Run | null;
}

/** What goes on is what was stopped, wherever the sliders are by now. null where there is nothing to go on with. */
function beginningOf(start: Start): Beginning | null {
  if (start === 'values') return { question: { config: config.value, data: data.value }, resume: null, before: null };
  if (start === 'checkpoint') {
    const from = goingOn.value;
    return from === null ? null : { question: from.question, resume: from.earlier, before: null };
  }
  const before = run.value;
  const { question, begun = null, outcome = null } = before ?? {};
  if (question === undefined || begun === null || outcome === null) return null;
  return { question, resume: { state: outcome.state, iterations: begun.iterations }, before };
}

export async function startTraining(start: Start): Promise<void> {
  const beginning = isActive.value ? null : beginningOf(start);
  if (beginning === null) return;
  const { question, resume, before } = beginning;
  run.value = {
    question,
    status: 'starting',
    begun: before?.begun ?? null,
    entries: before?.entries ?? [],
    course: before?.course ?? [],
    best: before?.best ?? null,
    stepsPerSecond: null,
    etaSeconds: null,
    doing: null,
    warnings: [],
    outcome: null,
    failure: null,
  };
  try {
    const outcome = await ask('train', { ...question, device: device.value, resume }, { onEvent: take });
    change({ status: 'done', outcome, best: outcome.best, entries: outcome.state.history, doing: null });
    ended.value = run.value;
  } catch (error) {
    const failure =
      error instanceof EngineError ? error.failure : { message: String(error), path: [], isMistake: false };
    change({ status: 'failed', failure, doing: null });
  }
}

export async function pauseTraining(): Promise<void> {
  if (run.value?.status !== 'running') return;
  change({ status: 'pausing' });
  await ask('steer', 'pause');
}

export async function goOnTraining(): Promise<void> {
  if (run.value?.status !== 'paused' && run.value?.status !== 'pausing') return;
  change({ status: 'running' });
  await ask('steer', 'goOn');
}

export async function stopTraining(): Promise<void> {
  if (!isActive.value) return;
  change({ status: 'stopping' });
  await ask('steer', 'stop');
}

function take(told: Begun | News): void {
  const now = run.value;
  if (now === null) return;
  if (told.kind === 'begun') {
    change({ begun: told, entries: told.history, status: now.status === 'starting' ? 'running' : now.status });
    return;
  }
  const known = now.entries.filter(({ iteration }) => iteration < (told.entries[0]?.iteration ?? Infinity));
  change({
    status: statusWith(now.status, told.state),
    entries: told.entries.length === 0 ? now.entries : [...known, ...told.entries],
    course: told.course === null ? now.course : thinned([...now.course, ...placesOf(told.course)]),
    best: told.best ?? now.best,
    stepsPerSecond: told.stepsPerSecond ?? now.stepsPerSecond,
    etaSeconds: told.etaSeconds ?? now.etaSeconds,
    doing: told.doing,
    warnings: [...now.warnings, ...told.warnings].slice(-MOST_WARNINGS),
  });
}

/** What was asked for holds until the worker has done it. */
function statusWith(now: Status, told: News['state']): Status {
  if (now === 'stopping') return now;
  if (told === 'paused') return now === 'pausing' ? 'paused' : now;
  return now === 'starting' ? 'running' : now;
}

function placesOf({ iterations, values }: Course): Placed[] {
  const size = values.length / iterations.length;
  return Array.from(iterations, (iteration, k) => ({ iteration, values: values.subarray(k * size, (k + 1) * size) }));
}

/** Every other place goes, but the first and the last, where there are too many. */
const thinned = (places: readonly Placed[]): readonly Placed[] =>
  places.length > 2 && places.length > Math.min(MOST_PLACES, MOST_NUMBERS / places[0].values.length)
    ? places.filter((_, i) => i % 2 === 0 || i === places.length - 1)
    : places;

/** The number of one column in one set. */
export const placedAt = (values: Float64Array, columns: readonly Column[], column: number, set: number): number =>
  values[column * (values.length / columns.length) + set];

/** Puts values by name (`momentum.k`) on the sliders. */
export function setByName(values: Readonly<Record<string, readonly number[]>>): void {
  batch(() => {
    for (const { section, parameters } of form.value?.groups ?? []) {
      for (const field of parameters) {
        const own = values[field.name];
        if (own !== undefined && field.series === null) setValues(section, field, own);
      }
    }
  });
}

/** Why the best set cannot go to the sliders, and what to do; null where it can. */
export const bestHindrance = computed<string | null>(() => {
  const columns = run.value?.begun?.columns ?? [];
  const fields = form.value?.groups.flatMap(({ parameters }) => parameters) ?? [];
  const isThere = ({ name, title, label, index, size }: Column): boolean =>
    fields.some(
      (field) =>
        field.name === name &&
        field.series === null &&
        field.value.length === size &&
        (field.labels.length === 0 ? label === title : label === `${title}, ${field.labels[index]}`),
    );
  const lacking = columns.filter((column) => !isThere(column)).map(({ label }) => label);
  if (lacking.length === 0) return null;
  return `The best set is of another pool than that of the sliders, which have no ${lacking.join('; ')} of its kind: choose the pool and the assets that were trained to use it.`;
});

/** Puts the best set of the training on the sliders. */
export function takeBest(): void {
  const { best = null, begun = null, outcome = null } = run.value ?? {};
  if (best === null || begun === null) return;
  if (outcome !== null) setByName(trainedOnly(outcome.tuned, begun.columns));
  else setByName(byName(best.values, begun.columns));
}

const trainedOnly = (values: Outcome['tuned'], columns: readonly Column[]) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => columns.some((c) => c.name === name)));

/** Values of columns by the names of their parameters, all of whose numbers train together. */
const byName = (values: Float64Array, columns: readonly Column[]): Record<string, number[]> =>
  columns.reduce<Record<string, number[]>>((all, { name }, c) => {
    all[name] = [...(all[name] ?? []), values[c]];
    return all;
  }, {});
