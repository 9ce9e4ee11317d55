/**
 * Floor 7. The picture of a map, to be read and used by pointer, keyboard and ear: a cursor that arrow keys move from point to
 * point, the figures of its point in a live text, and a table of some of the points.
 */
import type { Signal } from '@preact/signals';
import { formatMetric, metricAxis } from 'poolgrad/browser';
import { useRef } from 'preact/hooks';
import type { Level } from '../engine/grid.js';
import { Chart, Keys, type Room } from '../plots/chart.js';
import { drawBands, drawMap, type MapPicture, type MapScale, placeAt } from '../plots/map.js';

export type Point = readonly [i: number, j: number];

interface Props {
  readonly picture: MapPicture;
  readonly level: Level;
  /** Name of the objective. */
  readonly metric: string;
  /** What it is of: training windows. */
  readonly on: string;
  /** A point of the grid; null: none. */
  readonly cursor: Signal<Point | null>;
  readonly best: Point | null;
  readonly onTake: (point: Point) => void;
}

const valueText = ({ told }: MapScale, value: number) => told(Number(value.toPrecision(4)));

/** `fee 0.3 %, k · BTC 2: 1.2 %` */
function pointText({ picture: { x, y }, level, metric }: Props, [i, j]: Point): string {
  const value = level.objective[j * level.points + i];
  const told = Number.isFinite(value) ? formatMetric(metric, value) : 'no finite value';
  return `${x.name} ${valueText(x, level.x[i])}, ${y.name} ${valueText(y, level.y[j])}: ${metric} ${told}`;
}

const MOVES: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const HEIGHT = 400;
/** Points that an arrow key goes with Shift. */
const STRIDE = 4;

function useKeys({ picture: { points }, cursor, best, onTake }: Props) {
  const within = (k: number) => Math.min(Math.max(k, 0), points - 1);
  return (e: KeyboardEvent) => {
    const at = cursor.value ?? best ?? [points >> 1, points >> 1];
    const move = MOVES[e.key];
    const step = e.shiftKey ? STRIDE : 1;
    if (move !== undefined) cursor.value = [within(at[0] + step * move[0]), within(at[1] + step * move[1])];
    else if (e.key === 'Enter' || e.key === ' ') onTake(at);
    else if (e.key === 'Home') cursor.value = best;
    else if (e.key === 'Escape') cursor.value = null;
    else return;
    e.preventDefault();
  };
}

/** The point of the grid that is nearest to a pointer; null outside the frame. */
function nearest(e: MouseEvent, picture: MapPicture, room: Room): Point | null {
  const box = (e.currentTarget as HTMLElement).querySelector('.picture')?.getBoundingClientRect();
  if (box === undefined) return null;
  const place = placeAt(room, e.clientX - box.left, e.clientY - box.top);
  const index = (position: number) => Math.round(position * (picture.points - 1));
  return place && [index(place[0]), index(place[1])];
}

export function Field(props: Props) {
  const { picture, level, metric, on, cursor, best, onTake } = props;
  const room = useRef<Room>({ width: 0, height: HEIGHT });
  const onKeyDown = useKeys(props);
  const at = cursor.value;
  const top = best === null ? 'no point has a finite value' : `best of the map: ${pointText(props, best)}`;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture with a cursor is no fieldset */}
      <div
        class="field"
        role="group"
        aria-label="Map: arrow keys move a cursor, Enter puts its point on the sliders, Home goes to the best point"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={(e) => {
          cursor.value = nearest(e, picture, room.current);
        }}
        onPointerLeave={() => {
          cursor.value = null;
        }}
        onClick={(e) => {
          const point = nearest(e, picture, room.current);
          if (point !== null) onTake(point);
        }}
      >
        <Chart
          title={`${metric} on ${on}`}
          text={top}
          height={HEIGHT}
          of={picture}
          picture={(given) => {
            room.current = given;
            return drawMap(given, picture);
          }}
        >
          <Keys keys={KEYS} />
        </Chart>
      </div>
      <p class="point" role="status" data-testid="map-point">
        {at === null || at.some((k) => k >= level.points)
          ? `${top.charAt(0).toUpperCase()}${top.slice(1)}`
          : pointText(props, at)}
      </p>
      <Chart
        title="Bands, each of as many points"
        text="from low to high"
        height={36}
        of={level}
        picture={(given) => drawBands(given, level.objective, metricAxis(metric))}
      />
    </>
  );
}

const KEYS = [
  { name: 'sliders', colour: 'map-present' },
  { name: 'best of the map', colour: 'map-best' },
  { name: 'course of the training (thick: best set)', colour: 'map-course' },
];

/** Rows and columns of the table at most. */
const TABLE = 9;

/** Some of the points as a table: for those who read rather than see. */
export function MapTable({ picture: { x, y }, level, metric }: Pick<Props, 'picture' | 'level' | 'metric'>) {
  const step = Math.max(1, Math.ceil((level.points - 1) / (TABLE - 1)));
  const some = Array.from({ length: level.points }, (_, k) => k).filter((k) => k % step === 0);
  return (
    <details class="settings">
      <summary>The map as a table</summary>
      <div class="wide">
        <table>
          <caption class="doc">
            {metric}; across: {x.name}, down: {y.name}
          </caption>
          <thead>
            <tr>
              <td />
              {some.map((i) => (
                <th key={i} scope="col">
                  {valueText(x, level.x[i])}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {some.toReversed().map((j) => (
              <tr key={j}>
                <th scope="row">{valueText(y, level.y[j])}</th>
                {some.map((i) => {
                  const value = level.objective[j * level.points + i];
                  return <td key={i}>{Number.isFinite(value) ? formatMetric(metric, value) : '–'}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
