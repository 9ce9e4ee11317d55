/** Floor 5. Charts of a study: lines over a number, and a number over two others as tiles. */
import { figure, type Kit, leftMargin, plot, type Room } from '../../evaluate/report/chart.js';
import { formatNumber } from '../../evaluate/report/format.js';
import type { Html } from '../../evaluate/report/html.js';
import { linesChart } from '../../solve/report/charts.js';
import type { Chart } from '../claim.js';
import { inUnit } from '../text.js';

const COLOURS = ['var(--tuned)', 'var(--b1)', 'var(--b3)', 'var(--b2)', 'var(--b4)', 'var(--b6)', 'var(--b5)'];
const TILE = 34;

export function chartOf(kit: Kit, chart: Chart): Html {
  if (chart.kind === 'grid') return gridChart(kit, chart);
  const { caption, label, lines } = chart;
  const drawn = lines.map((line, k) => ({ ...line, colour: COLOURS[k % COLOURS.length] }));
  const description = `${caption}, by ${label}: ${lines.map((l) => l.name).join(', ')}`;
  return linesChart(kit, drawn, { caption, description, label });
}

type Grid = Extract<Chart, { kind: 'grid' }>;

/** Tiles with their numbers; the further from the least, the stronger the colour. */
function gridChart(kit: Kit, grid: Grid): Html {
  const { across, down, values, unit, caption } = grid;
  const known = values.flat().filter((x): x is number => x !== null && Number.isFinite(x));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const strength = (x: number | null) => (x === null || high === low ? 0 : (x - low) / (high - low));
  const tiles = values.flatMap((row, i) =>
    row.map((value, j) => ({
      x: formatNumber(across.values[j]),
      y: formatNumber(down.values[i]),
      text: inUnit(value, unit).replace(/ bps$/, ''),
      opacity: 0.08 + 0.5 * strength(value),
    })),
  );
  const draw = (room: Room) => drawTiles(kit, room, grid, tiles);
  const inBps = unit === 'bps' ? `${caption}, bps` : caption;
  return figure(`${caption}, by ${down.label} and ${across.label}`, 'half', draw, { caption: inBps });
}

function drawTiles(kit: Kit, room: Room, { across, down }: Grid, tiles: readonly object[]): Html {
  const { Plot } = kit;
  const written = down.values.map((x) => formatNumber(x));
  const axis = { tickSize: 0, labelArrow: 'none', color: 'var(--ink-2)' } as const;
  return plot(kit, room, {
    height: TILE * down.values.length + 66,
    marginLeft: leftMargin(written, room) + 4,
    marginRight: 8,
    marginTop: 24,
    marginBottom: 42,
    x: { type: 'band', domain: across.values.map((x) => formatNumber(x)), padding: 0.04 },
    y: { type: 'band', domain: written, padding: 0.06 },
    marks: [
      Plot.axisX({ ...axis, label: across.label, labelAnchor: 'right' }),
      Plot.axisY({ ...axis, label: down.label }),
      Plot.cell(tiles, { x: 'x', y: 'y', fill: 'var(--tuned)', fillOpacity: 'opacity' }),
      Plot.text(tiles, { x: 'x', y: 'y', text: 'text', fill: 'var(--ink)' }),
    ],
    opacity: { type: 'identity' },
  });
}
