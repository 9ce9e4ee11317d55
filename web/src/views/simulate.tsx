/** Floor 7. The simulation: its main figures and the value over time in sight of the sliders; everything else below. */
import { useSignal } from '@preact/signals';
import { formatCompactFigure, formatMetric, formatPercent } from 'poolgrad/browser';
import { useEffect } from 'preact/hooks';
import { fault } from '../engine/answers.js';
import type { Drawn } from '../engine/drawing.js';
import type { Exact } from '../engine/simulate.js';
import { drawn, exact, lastExact, startSimulation } from '../simulation.js';
import { ComparisonTable } from './comparison.js';
import { CurveCharts } from './curve-charts.js';
import { CompositionChart, DrawdownChart, MoneyChart, OverHodlChart, ValueChart } from './simulate-charts.js';

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly beside: string;
  readonly doc: string;
  readonly pending?: boolean;
}

/** Of the start value. */
const ROUNDING = 1e-12;

const share = (part: number, whole: number) => formatPercent(part / whole);

function tilesOf({ figures }: Drawn, known: Exact | null, isPending: boolean): Tile[] {
  const { start, end, hodl, fees, losses } = figures;
  const objective = known?.objective;
  return [
    {
      label: 'Value',
      value: formatCompactFigure(end),
      beside: `${share(end - start, start)} in all`,
      doc: 'of the pool at the last row, in the currency of the prices',
    },
    {
      label: 'Over HODL',
      value: share(end - hodl, hodl),
      beside: `HODL ${formatCompactFigure(hodl)}`,
      doc: 'the pool beside its reserves of the first row, held',
    },
    {
      label: 'Fees earned',
      value: formatCompactFigure(fees),
      beside: `${share(fees, start)} of the start`,
      doc: 'since the first row',
    },
    {
      label: 'Lost to arbitrage',
      // what rounding left is nothing
      value: formatCompactFigure(Math.abs(losses) < ROUNDING * start ? 0 : losses),
      beside: `${share(losses, start)} of the start`,
      doc: 'what arbitrageurs gained, net of fees',
    },
    {
      label: 'Worst drawdown',
      value: known === null ? '…' : formatPercent(known.drawdown),
      beside: 'every row counts',
      doc: 'deepest fall from the highest value so far',
      pending: isPending,
    },
    {
      label: 'Objective',
      value: objective === undefined ? '…' : formatMetric(objective.name, objective.values[0]),
      beside: objective?.label ?? '',
      doc: objective?.doc ?? '',
      pending: isPending,
    },
  ];
}

/** The figures in a sentence, said once they rest: for those who hear them. */
function Said({ tiles }: { readonly tiles: readonly Tile[] }) {
  const said = useSignal('');
  const sentence = tiles.map(({ label, value }) => `${label} ${value}`).join(', ');
  useEffect(() => {
    const timer = setTimeout(() => {
      said.value = sentence;
    }, 700);
    return () => clearTimeout(timer);
  }, [sentence, said]);
  return (
    <p class="unseen" aria-live="polite">
      {said.value}
    </p>
  );
}

function Tiles({ now }: { readonly now: Drawn }) {
  const figures = tilesOf(now, exact.value ?? lastExact.value, exact.value === null);
  // where the config is wrong, all that is shown is of the one before
  const tiles = fault.value === null ? figures : figures.map((tile) => ({ ...tile, pending: true }));
  return (
    <>
      <dl class="tiles">
        {tiles.map(({ label, value, beside, doc, pending }) => (
          <div key={label} title={doc} class={pending === true ? 'pending' : undefined}>
            <dt>{label}</dt>
            <dd>
              <b>{value}</b> <span>{beside}</span>
            </dd>
          </div>
        ))}
      </dl>
      <Said tiles={tiles} />
    </>
  );
}

export function SimulateHead() {
  useEffect(startSimulation, []);
  const now = drawn.value;
  if (now === null) return <p class="waiting">The first simulation is on its way …</p>;
  return (
    <>
      <Tiles now={now} />
      <ValueChart now={now} />
    </>
  );
}

export function SimulateMore() {
  const now = drawn.value;
  if (now === null) return null;
  return (
    <>
      <div class="charts">
        <OverHodlChart now={now} />
        <CompositionChart now={now} />
        <CurveCharts now={now} />
        <MoneyChart now={now} />
        <DrawdownChart now={now} />
      </div>
      <ComparisonTable />
    </>
  );
}
