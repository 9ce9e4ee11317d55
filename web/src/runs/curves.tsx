/** Floor 7. Charts of a training: the validation that it chooses by, and the objective that it climbs. */
import { formatMetric, metricAxis } from 'poolgrad/browser';
import { Chart, Keys } from '../plots/chart.js';
import { overIterations } from '../plots/over-iterations.js';
import type { Curves } from './run.js';

const HEIGHT = 170;

interface Props {
  readonly curves: Curves;
  /** Name of the objective. */
  readonly metric: string;
}

export function TrainingCurves({ curves, metric }: Props) {
  const text = (y: number) => formatMetric(metric, y);
  const charts = [
    { title: 'Validation', points: curves.validation, colour: 'tuned' },
    { title: 'Objective', points: curves.objective, colour: 'b1' },
  ];
  const end = Math.max(1, ...charts.map(({ points }) => points.at(-1)?.iteration ?? 0));
  return (
    <div class="charts">
      {charts.map(({ title, points, colour }) => {
        const last = points.at(-1);
        if (last === undefined) return null;
        const said = `${text(points[0].value)} at iteration ${points[0].iteration}, ${text(last.value)} at iteration ${last.iteration}`;
        const line = {
          x: points.map(({ iteration }) => iteration),
          y: points.map(({ value }) => value),
          stroke: `var(--${colour})`,
          width: 1.8,
        };
        return (
          <Chart
            key={title}
            title={title}
            text={said}
            height={HEIGHT}
            of={points}
            picture={(room) => overIterations(room, { lines: [line], span: [0, end], write: metricAxis(metric) })}
          >
            <Keys keys={[{ name: `at iteration ${last.iteration}`, colour, figure: text(last.value) }]} />
          </Chart>
        );
      })}
    </div>
  );
}
