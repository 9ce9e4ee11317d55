/** Floor 7. Curves of a training: objective, validation, rate and gradient, and each number that trains in all sets. */
import { useSignal } from '@preact/signals';
import { formatDigits, formatMetric, formatQuantity, metricAxis } from 'poolgrad/browser';
import type { Column } from '../engine/columns.js';
import { Chart, Keys } from '../plots/chart.js';
import { type IterationLine, overIterations } from '../plots/over-iterations.js';
import { writeQuantity } from '../plots/ticks.js';
import { endsOf } from '../scale.js';
import { placedAt, type Run } from '../training.js';

type Entry = Run['entries'][number];

interface Props {
  readonly run: Run;
}

const spanOf = ({ begun, entries }: Run): readonly [number, number] => [
  0,
  Math.max(begun?.iterations ?? 1, entries.at(-1)?.iteration ?? 0),
];

function lineOf(entries: readonly Entry[], field: (entry: Entry) => number | null, stroke: string): IterationLine {
  const known = entries.filter((entry) => field(entry) !== null);
  return {
    x: known.map((entry) => entry.iteration),
    y: known.map((entry) => field(entry) as number),
    stroke,
  };
}

/** What is climbed: other windows in each iteration. */
export function ObjectiveChart({ run }: Props) {
  const { entries, begun } = run;
  const metric = begun?.metric ?? '';
  const last = entries.at(-1);
  const told = (x: number) => formatMetric(metric, x);
  const text = last === undefined ? 'nothing yet' : `${told(last.objective)} at iteration ${last.iteration}`;
  return (
    <Chart
      title="Objective in training"
      text={`${metric}, mean over the sets on this iteration’s windows; ${text}`}
      height={170}
      of={entries}
      picture={(room) =>
        overIterations(room, {
          lines: [
            { ...lineOf(entries, (e) => e.bestObjective, 'var(--b1)'), opacity: 0.45 },
            lineOf(entries, (e) => e.objective, 'var(--b1)'),
          ],
          span: spanOf(run),
          write: metricAxis(metric),
        })
      }
    >
      <Keys keys={[{ name: `${metric}, mean of the sets (pale: the best one)`, colour: 'b1' }]} />
    </Chart>
  );
}

/** What sets are compared by: always the same windows. */
export function ValidationChart({ run }: Props) {
  const { entries, begun, best, outcome } = run;
  const metric = begun?.metric ?? '';
  const told = (x: number) => formatMetric(metric, x);
  const line = lineOf(entries, (e) => e.validation, 'var(--tuned)');
  const text = best === null ? 'nothing yet' : `best ${told(best.validation)} at iteration ${best.iteration}`;
  return (
    <Chart
      title="Validation"
      text={`${metric} of the best set on the validation windows; ${text}`}
      height={170}
      of={entries}
      picture={(room) =>
        overIterations(room, {
          lines: [line],
          span: spanOf(run),
          write: metricAxis(metric),
          ring: best === null ? null : { x: best.iteration, y: best.validation },
          rule: outcome?.before ?? null,
        })
      }
    >
      <Keys
        keys={[
          { name: 'best set', colour: 'tuned', figure: best === null ? undefined : told(best.validation) },
          ...(outcome?.before == null ? [] : [{ name: 'start (dashed)', colour: 'b5', figure: told(outcome.before) }]),
        ]}
      />
    </Chart>
  );
}

/** Positive figures that span decades. */
function PositiveChart({
  run,
  title,
  field,
}: Props & { readonly title: string; readonly field: (e: Entry) => number }) {
  const { entries } = run;
  const line = lineOf(entries, (e) => (field(e) > 0 ? field(e) : null), 'var(--ink-2)');
  const ys = Array.from(line.y);
  const [least, greatest] = endsOf(ys);
  const isLog = greatest > 20 * least;
  const short = (y: number) => String(Number(y.toPrecision(2)));
  return (
    <Chart
      title={title}
      text={ys.length === 0 ? 'nothing yet' : `last ${short(ys[ys.length - 1])}`}
      height={130}
      of={entries}
      picture={(room) => overIterations(room, { lines: [line], span: spanOf(run), write: formatDigits, isLog })}
    />
  );
}

export function CourseCharts({ run }: Props) {
  return (
    <div class="charts">
      <PositiveChart run={run} title="Learning rate" field={(e) => e.learningRate} />
      <PositiveChart run={run} title="Norm of the gradient, before clipping" field={(e) => e.gradientNorm} />
    </div>
  );
}

/** Charts of numbers that are shown at first, lines of a chart and points of a line at most: many are drawn ten times a second. */
const FIRST = 8;
const MOST_LINES = 32;
const MOST_POINTS = 150;

/** Every number that trains, in all sets; the best set's is strong. */
export function ParameterCharts({ run }: Props) {
  const isAll = useSignal(false);
  const { begun } = run;
  if (begun === null || run.course.length === 0) return null;
  const { columns } = begun;
  const shown = isAll.value ? columns : columns.slice(0, FIRST);
  return (
    <section aria-labelledby="training-parameters">
      <h2 id="training-parameters">Parameters</h2>
      <p class="doc">Each line is one of the {begun.sets} sets; strong: the one that is best on validation so far.</p>
      <div class="multiples">
        {shown.map((column) => (
          <ParameterChart key={column.column} run={run} column={column} index={columns.indexOf(column)} />
        ))}
      </div>
      {columns.length > FIRST && (
        <button type="button" class="quiet" onClick={() => (isAll.value = !isAll.value)}>
          {isAll.value ? 'Show fewer' : `Show all ${columns.length}`}
        </button>
      )}
    </section>
  );
}

interface OneProps extends Props {
  readonly column: Column;
  readonly index: number;
}

function ParameterChart({ run, column, index }: OneProps) {
  const { begun, best, course: all } = run;
  const { columns, sets } = begun!;
  const every = Math.ceil(all.length / MOST_POINTS);
  const course = all.filter((_, i) => i % every === 0 || i === all.length - 1);
  const x = course.map(({ iteration }) => iteration);
  const line = (set: number): IterationLine => ({
    x,
    y: course.map(({ values }) => placedAt(values, columns, index, set)),
    stroke: 'var(--b5)',
    opacity: 0.45,
    width: 1,
  });
  const others = Array.from({ length: Math.min(sets, MOST_LINES) }, (_, set) => set).filter((set) => set !== best?.set);
  const own = best === null ? [] : [{ ...line(best.set), stroke: 'var(--tuned)', opacity: 1, width: 2 }];
  const told = (value: number) => formatQuantity(value, column.unit);
  const now = best === null ? '' : told(best.values[index]);
  const values = course.flatMap((placed) =>
    Array.from({ length: sets }, (_, set) => placedAt(placed.values, columns, index, set)),
  );
  const [least, greatest] = endsOf(values);
  const isLog = least > 0 && greatest > 20 * least;
  return (
    <Chart
      title={column.label}
      text={`best set ${now}`}
      height={120}
      of={all}
      picture={(room) =>
        overIterations(room, {
          lines: [...others.map(line), ...own],
          span: spanOf(run),
          write: writeQuantity(column.unit),
          isLog,
          ring: best === null ? null : { x: best.iteration, y: best.values[index] },
        })
      }
    >
      <span class="doc">{now}</span>
    </Chart>
  );
}
