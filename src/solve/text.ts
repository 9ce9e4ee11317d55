/** Floor 5. A solution as lines of text. */
import { crossings } from './crossings.js';
import type { Quoted, Solved } from './solve.js';

/** Rows of a table of quotes at most: of wider ranges some are shown. */
const ROWS = 21;

const figure = (x: number | null): string => (x === null ? '–' : (Math.abs(x) < 5e-7 ? 0 : x).toFixed(6));

const whenText = (tau: number | null): string => (tau === null ? 'in the long run' : `with ${tau} s to go`);

/** Every inventory, or every k-th about 0. */
function shown(places: readonly number[], inventory: (i: number) => number): number[] {
  const every = Math.ceil(places.length / ROWS);
  return places.filter((i) => inventory(i) % every === 0);
}

/** The states of an asset's inventories, the others as near to 0 as they can be. */
function placesOf({ inventories, marketStates, origin }: Solved, asset: number, state: number): number[] {
  const n = inventories.length / marketStates;
  const held = inventories[origin];
  return Array.from({ length: n }, (_, i) => state * n + i).filter((i) =>
    inventories[i].every((q, k) => k === asset || q === held[k]),
  );
}

function quoteTable(solved: Solved, row: Quoted, asset: number, state: number, mid: number | null): string[] {
  const places = placesOf(solved, asset, state);
  const flows = row.tau === null ? (solved.longRun?.flows ?? null) : null;
  const { bid, ask } = row.sides[asset];
  const bps = (x: number | null) => (x === null || mid === null ? '–' : ((x / mid) * 1e4).toFixed(3));
  const cells = (i: number) => [
    String(solved.inventories[i][asset]),
    figure(bid[i]),
    figure(ask[i]),
    ...(mid === null ? [] : [bps(bid[i]), bps(ask[i])]),
    ...(flows === null || solved.assets.length > 1 ? [] : [`${(100 * flows.law[i]).toFixed(3)} %`]),
  ];
  const heads = [
    'q',
    'bid',
    'ask',
    ...(mid === null ? [] : ['bid, bps', 'ask, bps']),
    ...(flows === null || solved.assets.length > 1 ? [] : ['time']),
  ];
  const line = (texts: readonly string[]) => `  ${texts.map((t, k) => t.padStart(k === 0 ? 5 : 11)).join('')}`;
  return [line(heads), ...shown(places, (i) => solved.inventories[i][asset]).map((i) => line(cells(i)))];
}

function quoteTables(solved: Solved, mid: number | null): string[] {
  const [first, ...later] = solved.quoted;
  const titles = solved.assets.flatMap((name, asset) =>
    Array.from({ length: solved.marketStates }, (_, state) => ({ name, asset, state })),
  );
  return titles.flatMap(({ name, asset, state }) => {
    const of = solved.assets.length > 1 ? ` of ${name}, the others at 0` : '';
    const where = solved.marketStates > 1 ? `, market in state ${state}` : '';
    return [
      `offsets${of} ${whenText(first.tau)}${where}:`,
      ...quoteTable(solved, first, asset, state, mid),
      ...crossings(solved, first, state).map((text) => `  ${text}`),
      ...timeTable(solved, later, asset, state),
    ];
  });
}

/** How the quotes change as the end comes, at three inventories; all of it is on the page. */
function timeTable(solved: Solved, rows: readonly Quoted[], asset: number, state: number): string[] {
  if (rows.length === 0) return [];
  const places = placesOf(solved, asset, state);
  const quarter = Math.floor(places.length / 4);
  const picked = [
    ...new Set([places[quarter], places[Math.floor(places.length / 2)], places[places.length - 1 - quarter]]),
  ];
  const heads = picked.map((i) => `bid, ask at ${solved.inventories[i][asset]}`.padStart(24));
  const cells = ({ sides }: Quoted) =>
    picked.map((i) => `${figure(sides[asset].bid[i])}, ${figure(sides[asset].ask[i])}`.padStart(24));
  return [
    `  ${'to go'.padStart(9)}${heads.join('')}`,
    ...rows.map((row) => `  ${`${row.tau} s`.padStart(9)}${cells(row).join('')}`),
  ];
}

function valueLines({ longRun, rivals, quoted, origin }: Solved): string[] {
  const ends = quoted.flatMap(({ tau, h }) =>
    tau === null || tau === 0 ? [] : [`value of ${tau} s from inventory 0: ${figure(h[origin])}`],
  );
  if (longRun === null) return ends;
  const { flows, value } = longRun;
  const terms =
    flows === null
      ? []
      : [
          [flows.captured, 'captured'] as const,
          [-flows.adverse, 'lost to the mid after fills'] as const,
          [-flows.takerCost, 'for taking'] as const,
          [flows.held, 'of inventory'] as const,
        ].filter(([x]) => x !== 0);
  const parts =
    flows === null
      ? ', growth of the certainty equivalent'
      : ` = ${terms.map(([x, name], k) => `${k === 0 ? '' : x < 0 ? '− ' : '+ '}${figure(k === 0 ? x : Math.abs(x))} ${name}`).join(' ')}`;
  const width = Math.max(...rivals.map((r) => r.name.length), 7);
  const share = (x: number) => (value > 0 ? `${((100 * x) / value).toFixed(3)} %`.padStart(12) : '');
  return [
    `value in the long run ${figure(value)} a second${parts}`,
    `  ${'optimum'.padEnd(width)} ${figure(value).padStart(12)}`,
    ...rivals.map((r) => `  ${r.name.padEnd(width)} ${figure(r.value).padStart(12)}${share(r.value)}  ${r.doc}`),
    ...ends,
  ];
}

/** What the quotes at no inventory are for. */
function partLines({ parts, origin, assets, marketStates, inventories, quoted }: Solved): string[] {
  const n = inventories.length / marketStates;
  return assets.flatMap((name, asset) =>
    Array.from({ length: marketStates }, (_, state) => {
      const i = origin + state * n;
      const sides = (['bid', 'ask'] as const).flatMap((side) => {
        if (quoted[0].sides[asset][side][i] === null) return [];
        const terms = parts.map((p) => `${p.name} ${figure(p.sides[asset][side][i])}`);
        return [`  ${side} ${figure(quoted[0].sides[asset][side][i])} = ${terms.join(' · ')}`];
      });
      const of = assets.length > 1 ? ` of ${name}` : '';
      const where = marketStates > 1 ? `, market in state ${state}` : '';
      return [
        `what the offsets${of} at inventory ${inventories[i][asset]} are for, ${whenText(quoted[0].tau)}${where}:`,
        ...sides,
      ];
    }).flat(),
  );
}

export const solvedText = (solved: Solved, mid: number | null): string[] => [
  ...valueLines(solved),
  ...quoteTables(solved, mid),
  ...partLines(solved),
  ...solved.notes.map((note) => `warning: ${note}`),
];
