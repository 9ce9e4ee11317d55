/** Floor 7. The charts of a simulation, each with its figures in words. */
import { formatCompact, formatCompactFigure, formatDate, formatPercent, formatShortPercent } from 'poolgrad/browser';
import type { Drawn } from '../engine/drawing.js';
import { Chart, Keys } from '../plots/chart.js';
import { overTime, stack } from '../plots/over-time.js';

interface Props {
  readonly now: Drawn;
}

/** Classes and colours of the stylesheet. */
const STRATEGY = ['tuned', 'b1', 'b2', 'b3'];
const colour = (name: string) => `var(--${name})`;
const asset = (i: number) => `a${(i % 8) + 1}`;

const lastOf = (values: ArrayLike<number>): number => values[values.length - 1];
const span = ({ time }: Drawn): string => `${formatDate(time[0])} to ${formatDate(lastOf(time))}`;

export function ValueChart({ now }: Props) {
  const keys = now.lines.map(({ name, values }, i) => ({
    name,
    colour: STRATEGY[i],
    figure: formatCompactFigure(lastOf(values)),
  }));
  const text = `${span(now)}; at the end ${keys.map(({ name, figure }) => `${name} ${figure}`).join(', ')}`;
  return (
    <Chart
      title="Value"
      text={text}
      height={260}
      sticky
      of={now}
      picture={(room) =>
        overTime(
          room,
          now.time,
          // the pool on top
          now.lines.map(({ values }, i) => ({ values, stroke: colour(STRATEGY[i]), strong: i === 0 })).reverse(),
          { tick: (y) => formatCompact(y) },
        )
      }
    >
      <Keys keys={keys} />
      <p class="keys took">
        {now.rows.toLocaleString('en-US')} rows in {Math.max(1, Math.round(now.took))} ms
      </p>
    </Chart>
  );
}

export function OverHodlChart({ now }: Props) {
  const [pool, hodl] = now.lines;
  const over = pool.values.map((v, row) => v / hodl.values[row] - 1);
  return (
    <Chart
      title="Pool over HODL"
      text={`${span(now)}; at the end ${formatPercent(lastOf(over))}`}
      height={200}
      of={now}
      picture={(room) =>
        overTime(room, now.time, [{ values: over, stroke: colour('tuned'), strong: true }], {
          tick: (y) => formatShortPercent(y),
          include: [0],
        })
      }
    />
  );
}

export function CompositionChart({ now }: Props) {
  return now.weights === null || isResting(now.weights, now.assets.length) ? (
    <ReservesChart now={now} />
  ) : (
    <WeightsChart now={now} />
  );
}

/** Whether weights stay as they are at the first row. */
const isResting = (weights: Float64Array, n: number): boolean =>
  weights.every((w, k) => Math.abs(w - weights[k % n]) < 1e-9);

function WeightsChart({ now }: Props) {
  const { assets, time } = now;
  const weights = now.weights!;
  const last = weights.subarray(weights.length - assets.length);
  const keys = assets.map((name, i) => ({ name, colour: asset(i), figure: formatPercent(last[i]) }));
  return (
    <Chart
      title="Weights"
      text={`${span(now)}; at the end ${keys.map(({ name, figure }) => `${name} ${figure}`).join(', ')}`}
      height={200}
      of={now}
      picture={(room) =>
        stack(
          room,
          time,
          weights,
          assets.map((_, i) => colour(asset(i))),
        )
      }
    >
      <Keys keys={keys} />
    </Chart>
  );
}

/** Amounts relative to those of the first row. */
function ReservesChart({ now }: Props) {
  const { reserves, reserveNames, time } = now;
  const m = reserveNames.length;
  const rows = Array.from(time, (_, row) => row);
  const lines = reserveNames.map((_, i) => rows.map((row) => reserves[row * m + i] / reserves[i] - 1));
  const keys = reserveNames.map((name, i) => ({
    name,
    colour: asset(i),
    figure: formatCompactFigure(reserves[(rows.length - 1) * m + i]),
  }));
  return (
    <Chart
      title="Reserves, change since the first row"
      text={`${span(now)}; amounts at the end: ${keys.map(({ name, figure }) => `${name} ${figure}`).join(', ')}`}
      height={200}
      of={now}
      picture={(room) =>
        overTime(
          room,
          time,
          lines.map((values, i) => ({ values, stroke: colour(asset(i)) })),
          { tick: (y) => formatShortPercent(y), include: [0] },
        )
      }
    >
      <Keys keys={keys} />
    </Chart>
  );
}

export function MoneyChart({ now }: Props) {
  const keys = [
    { name: 'fees earned', colour: 'b3', figure: formatCompactFigure(now.figures.fees) },
    { name: 'lost to arbitrage', colour: 'b1', figure: formatCompactFigure(now.figures.losses) },
  ];
  return (
    <Chart
      title="Earned and lost"
      text={`${span(now)}; at the end ${keys.map(({ name, figure }) => `${name} ${figure}`).join(', ')}`}
      height={200}
      of={now}
      picture={(room) =>
        overTime(
          room,
          now.time,
          [
            { values: now.fees, stroke: colour('b3') },
            { values: now.losses, stroke: colour('b1') },
          ],
          { tick: (y) => formatCompact(y), include: [0] },
        )
      }
    >
      <Keys keys={keys} />
    </Chart>
  );
}

export function DrawdownChart({ now }: Props) {
  let peak = Number.NEGATIVE_INFINITY;
  const falls = now.lines[0].values.map((v) => {
    peak = Math.max(peak, v);
    return v / peak - 1;
  });
  const worst = falls.reduce((a, b) => Math.min(a, b), 0);
  return (
    <Chart
      title="Drawdown of the pool"
      text={`${span(now)}; ${formatPercent(worst)} at worst among the rows that are drawn`}
      height={200}
      of={now}
      picture={(room) =>
        overTime(room, now.time, [{ values: falls, stroke: colour('b6') }], {
          tick: (y) => formatShortPercent(y),
          include: [0],
          area: true,
        })
      }
    />
  );
}
