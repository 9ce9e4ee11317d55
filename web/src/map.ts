/** Floor 7. The map of the page: what is chosen for it, and the level that is computed so far. */
import { computed, effect, signal } from '@preact/signals';
import { form } from './engine/answers.js';
import type { Failure } from './engine/call.js';
import { ask, EngineError } from './engine/client.js';
import type { Column } from './engine/columns.js';
import type { Axis, Level, MapShare } from './engine/grid.js';
import type { ParameterField } from './engine/models.js';
import { endsOf, positionOf } from './scale.js';
import { config, data } from './state.js';
import { trainForm } from './train-form.js';
import { device, ended } from './training.js';

export interface MapChoice {
  /** Labels of columns; null: the first that trains, and the next. */
  readonly x: string | null;
  readonly y: string | null;
  readonly scale: Axis['scale'];
  readonly on: 'training' | 'validation';
  readonly points: number;
  /** What the slice goes through. */
  readonly through: 'sliders' | 'best';
}

export const choice = signal<MapChoice>({
  x: null,
  y: null,
  scale: 'raw',
  on: 'training',
  points: 33,
  through: 'sliders',
});

type Span = readonly [number, number];

/** Ends of axes that were given by hand, by label. */
export const givenSpans = signal<Readonly<Record<string, Span>>>({});

/** An axis and its ends, in values. */
export interface MapAxis {
  readonly column: Column;
  /** Of the config, where its parameter stands. */
  readonly section: string;
  readonly field: ParameterField;
  readonly span: Span;
}

/** Columns that may be the other axis: not both shares of two, which add up to 1. */
export const goesWith = (one: Column, other: Column): boolean =>
  one.column !== other.column && !(one.isShare && one.size === 2 && one.name === other.name);

/** The two columns; null where there are not two. */
export const chosenColumns = computed((): readonly [Column, Column] | null => {
  const columns = trainForm.value?.columns ?? [];
  const named = (label: string | null) => columns.find((c) => c.label === label);
  const x = named(choice.value.x) ?? columns[0];
  if (x === undefined) return null;
  const wanted = named(choice.value.y);
  const y = wanted !== undefined && goesWith(x, wanted) ? wanted : columns.find((c) => goesWith(x, c));
  return y === undefined ? null : [x, y];
});

export const axes = computed((): readonly [MapAxis, MapAxis] | null => {
  if (chosenColumns.value === null) return null;
  const [x, y] = chosenColumns.value.map(axisOf);
  return x === null || y === null ? null : [x, y];
});

function axisOf(column: Column): MapAxis | null {
  for (const { section, parameters } of form.value?.groups ?? []) {
    const field = parameters.find(({ name }) => name === column.name);
    if (field === undefined) continue;
    const span = givenSpans.value[column.label] ?? usualSpan(column, field);
    return { column, section, field, span };
  }
  return null;
}

/** Air around a course: a part of its extent, and steps of the slider at least. */
const AIR = 0.35;
const LEAST_AIR = 12;

/** Ends of a slider. */
export const wholeSlider = ({ scale: { values } }: ParameterField): Span => [values[0], values[values.length - 1]];

/** All that the slider has, or, once there is a training, what its sets went through and something around it. */
function usualSpan(column: Column, field: ParameterField): Span {
  const gone = visited(column);
  if (gone === null) return wholeSlider(field);
  const { values } = field.scale;
  const [low, high] = gone.map((value) => positionOf(values, value));
  const air = Math.max(LEAST_AIR, Math.round(AIR * (high - low)));
  const at = (k: number) => values[Math.min(Math.max(k, 0), values.length - 1)];
  // a course may leave the slider
  return [Math.min(at(low - air), gone[0]), Math.max(at(high + air), gone[1])];
}

/** Least and greatest value of all sets of the last training that ended; null where it did not train this. */
function visited(column: Column): Span | null {
  const { begun = null, course = [] } = ended.value ?? {};
  const index = begun?.columns.findIndex(({ label }) => label === column.label) ?? -1;
  if (begun === null || index < 0 || course.length === 0) return null;
  const { sets } = begun;
  const values = course.flatMap((placed) => Array.from(placed.values.subarray(index * sets, (index + 1) * sets)));
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? null : endsOf(finite);
}

export interface MapState {
  readonly level: Level | null;
  /** Of the level that is shown. */
  readonly axes: readonly [MapAxis, MapAxis];
  readonly scale: Axis['scale'];
  readonly share: MapShare | null;
  readonly isBusy: boolean;
  readonly failure: Failure | null;
  /** Milliseconds from the question to the last level. */
  readonly took: number;
}

export const map = signal<MapState | null>(null);
let current: AbortController | null = null;

/** Computes the map that is chosen; the one before is left. */
async function computeMap(): Promise<void> {
  current?.abort();
  const controller = new AbortController();
  current = controller;
  if (axes.value === null) return;
  const [x, y] = axes.value;
  const { scale, on, points, through } = choice.value;
  const best = through === 'best' ? (ended.value?.outcome?.state.best.raw ?? null) : null;
  const axisAsked = ({ column, span }: MapAxis): Axis => ({ column: column.column, scale, from: span[0], to: span[1] });
  const began = performance.now();
  const sameAxes = (before: MapState | null) =>
    before !== null && before.scale === scale && before.axes.every((a, i) => sameAxis(a, [x, y][i]));
  const state = (change: Partial<MapState>) => {
    if (current !== controller) return;
    const before = map.value;
    const level = sameAxes(before) ? before!.level : null;
    const none = { level, share: null, isBusy: true, failure: null, took: 0 };
    map.value = { ...none, axes: [x, y], scale, ...change };
  };
  state({});
  const question = { config: config.value, data: data.value, device: device.value };
  try {
    const asked = { ...question, x: axisAsked(x), y: axisAsked(y), points, on, through: best };
    const onEvent = (told: Level | MapShare) =>
      told.kind === 'level'
        ? state({ level: told, took: performance.now() - began })
        : state({ share: told, took: performance.now() - began });
    const level = await ask('map', asked, { signal: controller.signal, onEvent });
    state({ level, isBusy: false, took: performance.now() - began });
  } catch (error) {
    if (error instanceof EngineError) state({ isBusy: false, failure: error.failure });
    else state({ isBusy: false });
  }
}

const sameAxis = (a: MapAxis, b: MapAxis): boolean =>
  a.column.label === b.column.label && a.span.every((end, i) => end === b.span[i]);

export function stopMap(): void {
  current?.abort();
  if (map.value !== null) map.value = { ...map.value, isBusy: false, share: null };
}

/** How long everything is to rest before a map is computed anew, ms. */
const REST = 300;

/** Everything that the map hangs on. What moves within its plane changes nothing. */
function keyOf(): string | null {
  if (form.value === null || axes.value === null) return null;
  const [x, y] = axes.value;
  const isAxis = ({ name }: ParameterField, i: number) =>
    [x, y].some(({ column }) => column.name === name && (column.index === i || (column.isShare && column.size === 2)));
  const values = form.value.groups.flatMap(({ kind, settings, parameters }) => [
    kind,
    ...settings.map((s) => s.value),
    ...parameters.flatMap((field) => [field.train, ...field.value.map((v, i) => (isAxis(field, i) ? null : v))]),
  ]);
  const { x: _x, y: _y, ...chosen } = choice.value;
  const best = chosen.through === 'best' ? ended.value?.outcome?.best.validation : null;
  const spans = [x, y].map(({ column, span }) => [column.label, span]);
  const { train, objective, split } = config.value;
  return JSON.stringify([values, chosen, best, spans, train, objective, split, data.value, device.value]);
}

/** Computes maps as they are needed, until the returned function is called. */
export function startMap(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let known: string | null = null;
  const stop = effect(() => {
    const key = keyOf();
    if (key === null || key === known) return;
    const isFirst = known === null;
    known = key;
    clearTimeout(timer);
    timer = setTimeout(() => void computeMap(), isFirst ? 0 : REST);
  });
  return () => {
    stop();
    clearTimeout(timer);
    stopMap();
  };
}
