/** Floor 7. The map of the objective over two numbers that train, with the course of the training on it; a point of it sets the sliders. */
import { signal } from '@preact/signals';
import { formatQuantity } from 'poolgrad/browser';
import { useEffect } from 'preact/hooks';
import { valuesNow } from '../edit.js';
import { form } from '../engine/answers.js';
import type { Column } from '../engine/columns.js';
import type { Level } from '../engine/grid.js';
import { axes, choice, type MapAxis, type MapState, map, startMap, stopMap } from '../map.js';
import { type MapPicture, type MapScale, type Place, positionOf } from '../plots/map.js';
import { writeQuantity } from '../plots/ticks.js';
import { withShare } from '../scale.js';
import { startTrainForm, trainForm } from '../train-form.js';
import { placedAt, type Run, run, setByName } from '../training.js';
import { Fault } from './fault.js';
import { Field, MapTable, type Point } from './map-field.js';
import { MapForm } from './map-form.js';

const unitOf = ({ unit }: Column): string => (unit === '1' || unit === 'fraction' ? '' : unit);

/** The axes of a level. */
const scalesOf = (level: Level, axes: MapState['axes']): readonly [MapScale, MapScale] => {
  const [x, y] = axes.map(({ column }, i) => ({
    ruler: level.rulers[i],
    name: column.label,
    unit: unitOf(column),
    write: writeQuantity(column.unit),
    told: (value: number) => formatQuantity(value, column.unit),
  }));
  return [x, y];
};

/** Courses of the sets on two axes, the best set’s first. */
function coursesOf(
  { begun, course, best }: Run,
  [x, y]: MapState['axes'],
  scales: readonly [MapScale, MapScale],
): Place[][] {
  if (begun === null) return [];
  const indexOf = ({ column }: MapAxis) => begun.columns.findIndex(({ label }) => label === column.label);
  const [i, j] = [indexOf(x), indexOf(y)];
  if (i < 0 || j < 0) return [];
  const sets = Array.from({ length: Math.min(begun.sets, MOST_COURSES) }, (_, set) => set);
  const first = best?.set ?? 0;
  return [first, ...sets.filter((set) => set !== first)].map((set) =>
    course.map(
      ({ values }): Place => [
        positionOf(scales[0], placedAt(values, begun.columns, i, set)),
        positionOf(scales[1], placedAt(values, begun.columns, j, set)),
      ],
    ),
  );
}

const MOST_COURSES = 32;

/** What the sliders say, on the axes. */
function presentOf(axes: MapState['axes'], scales: readonly [MapScale, MapScale]): Place | null {
  const at = ({ column, section, field }: MapAxis, scale: MapScale) =>
    positionOf(scale, valuesNow(section, field)[column.index]);
  const place: Place = [at(axes[0], scales[0]), at(axes[1], scales[1])];
  return place.every(Number.isFinite) ? place : null;
}

/** Index of the largest; −1 where there is none. */
function highest(objective: Float64Array): number {
  let top = -1;
  objective.forEach((value, k) => {
    if (Number.isFinite(value) && !(top >= 0 && value <= objective[top])) top = k;
  });
  return top;
}

/** The sliders at a point of the level. */
function takePoint({ level, axes: [x, y] }: MapState, [i, j]: Point): void {
  if (level === null) return;
  const values: Record<string, readonly number[]> = {};
  for (const [{ column, section, field }, value] of [
    [x, level.x[i]],
    [y, level.y[j]],
  ] as const) {
    const before = values[column.name] ?? valuesNow(section, field);
    const rounded = Number(value.toPrecision(6));
    values[column.name] = column.isShare
      ? withShare(before, column.index, rounded)
      : before.map((old, k) => (k === column.index ? rounded : old));
  }
  setByName(values);
}

function progressText({ level, share, isBusy, took }: MapState): string {
  const done = level === null ? '' : `${level.points} × ${level.points} points, ${(took / 1000).toFixed(1)} s`;
  if (!isBusy) return done;
  const next =
    share === null
      ? 'computing'
      : `computing ${share.points} × ${share.points}: ${Math.floor((100 * share.done) / share.of)} %`;
  return done === '' ? next : `${done} so far; ${next}`;
}

/** The picture of the level that is there. */
function pictureOf({ level, axes: both }: MapState, cursor: Point | null, best: Point | null): MapPicture | null {
  if (level === null) return null;
  const scales = scalesOf(level, both);
  const last = level.points - 1;
  const at = (point: Point | null): Place | null => point && [point[0] / last, point[1] / last];
  return {
    x: scales[0],
    y: scales[1],
    points: level.points,
    objective: level.objective,
    courses: run.value === null ? [] : coursesOf(run.value, both, scales),
    present: presentOf(both, scales),
    best: at(best),
    cursor: at(cursor),
  };
}

/** A point of the map that was under the cursor; it outlives a level. */
const cursor = signal<Point | null>(null);

function bestOf({ level }: MapState): Point | null {
  const top = level === null ? -1 : highest(level.objective);
  return level === null || top < 0 ? null : [top % level.points, Math.floor(top / level.points)];
}

export function MapHead() {
  useEffect(startTrainForm, []);
  useEffect(startMap, []);
  const now = map.value;
  if (trainForm.value !== null && form.value !== null && axes.value === null) {
    return (
      <p class="doc">
        A map is over two numbers that train: open a parameter by its name and tick “trained” until there are two.
      </p>
    );
  }
  if (now === null) return <p class="waiting">The first map is on its way …</p>;
  const best = bestOf(now);
  const picture = pictureOf(now, cursor.value, best);
  return (
    <>
      <MapForm />
      <p class="doc" data-testid="map-line">
        {progressText(now)}{' '}
        {now.isBusy && (
          <button type="button" class="quiet" onClick={stopMap}>
            Stop
          </button>
        )}
      </p>
      {now.failure !== null && <Fault failure={now.failure} />}
      {picture !== null && now.level !== null && (
        <Field
          picture={picture}
          level={now.level}
          metric={form.value?.objective ?? ''}
          on={`${choice.value.on} windows`}
          cursor={cursor}
          best={best}
          onTake={(point) => takePoint(now, point)}
        />
      )}
    </>
  );
}

export function MapMore() {
  const now = map.value;
  const picture = now && pictureOf(now, null, null);
  if (now?.level == null || picture === null) return null;
  return (
    <>
      <p class="doc">
        All other numbers are as {choice.value.through === 'best' ? 'the best set of the training' : 'the sliders'} have
        them. The course of a training is seen from the side: it moves in every number that trains, so where it leaves
        this plane the colours under it are not its own.
      </p>
      <MapTable picture={picture} level={now.level} metric={form.value?.objective ?? ''} />
    </>
  );
}
