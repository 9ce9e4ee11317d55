/** Floor 7. Charts of a training: the validation that it chooses by, and the objective that it climbs. */
import * as Plot from '@observablehq/plot';
import { formatMetric } from 'poolgrad/browser';
import { Chart, Keys, type Room } from '../plots/chart.js';
import { frame } from '../plots/over-time.js';
import type { Curves, Point } from './run.js';

const HEIGHT = 170;
/** Points of a line at most; up to so few they are shown as such. */
const [MOST, FEW] = [600, 40];

/** Every k-th point and the last. */
function thinned(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / MOST);
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

function picture(room: Room, points: readonly Point[], stroke: string, tick: (y: number) => string, end: number) {
  const whole = (x: number) => (Number.isInteger(x) ? String(x) : '');
  return Plot.plot({
    ...frame(room),
    marginRight: 22,
    marginBottom: 24,
    x: { type: 'linear', domain: [0, end] },
    y: { nice: true, zero: false },
    marks: [
      Plot.gridY({ ticks: 4, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({ ticks: 4, tickSize: 0, label: null, tickFormat: tick, color: 'var(--ink-2)' }),
      Plot.axisX({
        ticks: Math.max(2, Math.min(6, Math.floor(room.width / 90))),
        tickSize: 0,
        label: null,
        tickFormat: whole,
        color: 'var(--ink-2)',
      }),
      Plot.lineY(points, { x: 'iteration', y: 'value', stroke, strokeWidth: 1.8, strokeLinejoin: 'round' }),
      ...(points.length <= FEW ? [Plot.dot(points, { x: 'iteration', y: 'value', fill: stroke, r: 2.6 })] : []),
    ],
  });
}

interface Props {
  readonly curves: Curves;
  /** Name of the objective. */
  readonly metric: string;
}

export function TrainingCurves({ curves, metric }: Props) {
  const tick = (y: number) => formatMetric(metric, y);
  const lines = [
    { title: 'Validation', points: curves.validation, colour: 'tuned' },
    { title: 'Objective', points: curves.objective, colour: 'b1' },
  ];
  const end = Math.max(1, ...lines.map(({ points }) => points.at(-1)?.iteration ?? 0));
  return (
    <div class="charts">
      {lines.map(({ title, points, colour }) => {
        const last = points.at(-1);
        if (last === undefined) return null;
        const said = `${tick(points[0].value)} at iteration ${points[0].iteration}, ${tick(last.value)} at iteration ${last.iteration}`;
        return (
          <Chart
            key={title}
            title={title}
            text={said}
            height={HEIGHT}
            of={points}
            picture={(room) => picture(room, thinned(points), `var(--${colour})`, tick, end)}
          >
            <Keys keys={[{ name: `at iteration ${last.iteration}`, colour, figure: tick(last.value) }]} />
          </Chart>
        );
      })}
    </div>
  );
}
