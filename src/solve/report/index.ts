/** Floor 5. The page of a solution: the optimal quotes by inventory and time, what they are for, and what else is worth. */
import { type Kit, loadKit } from '../../evaluate/report/chart.js';
import { factList, htmlDocument, section, warningList } from '../../evaluate/report/document.js';
import { formatNumber, formatPercent } from '../../evaluate/report/format.js';
import { type Html, html } from '../../evaluate/report/html.js';
import type { Part } from '../parts.js';
import type { Quoted, Solved } from '../solve.js';
import { barsChart, type Line, linesChart, partsChart } from './charts.js';

export interface SolvedPage {
  readonly title: string;
  /** What is solved, in a line. */
  readonly subject: string;
  readonly solved: Solved;
  readonly facts: readonly (readonly [string, string])[];
  readonly version: string;
  readonly generated: string;
}

const BID = 'var(--tuned)';
const ASK = 'var(--b1)';
const PART_COLOURS = [
  'var(--a5)',
  'var(--a8)',
  'var(--a1)',
  'var(--a2)',
  'var(--a4)',
  'var(--a3)',
  'var(--a6)',
  'var(--a7)',
];

export const whenText = (tau: number | null): string => (tau === null ? 'long run' : `${formatNumber(tau)} s to go`);

/** Places of the states that a picture is drawn over: one asset's inventory, the others and the market held. */
function alongAsset(solved: Solved, asset: number, held: readonly number[], state: number): number[] {
  const n = solved.inventories.length / solved.marketStates;
  return Array.from({ length: n }, (_, i) => state * n + i).filter((i) =>
    solved.inventories[i].every((q, k) => k === asset || q === held[k]),
  );
}

const stateText = ({ marketStates }: Solved, state: number): string =>
  marketStates > 1 ? `, market in state ${state}` : '';

function quoteLines(solved: Solved, row: Quoted, asset: number, places: readonly number[]): Line[] {
  const at = (xs: readonly (number | null)[]) => places.map((i) => ({ x: solved.inventories[i][asset], y: xs[i] }));
  const { bid, ask } = row.sides[asset];
  return [
    { name: 'bid', colour: BID, points: at(bid) },
    { name: 'ask', colour: ASK, points: at(ask) },
    ...solved.laws.flatMap(({ name, sides }, k) => [
      { name: `${name}, bid`, colour: `var(--b${k + 2})`, dashed: true, points: at(sides.bid) },
      { name: `${name}, ask`, colour: `var(--b${k + 2})`, dashed: true, points: at(sides.ask) },
    ]),
  ];
}

function assetSection(kit: Kit, page: SolvedPage, asset: number): (Html | false)[] {
  const { solved } = page;
  const [first] = solved.quoted;
  const name = solved.assets.length > 1 ? `${solved.assets[asset]}: ` : '';
  const held = solved.inventories[solved.origin];
  const label = `inventory${solved.assets.length > 1 ? ` of ${solved.assets[asset]}` : ''}, lots`;
  const states = Array.from({ length: solved.marketStates }, (_, j) => j);
  const along = (state: number) => alongAsset(solved, asset, held, state);
  const quotes = states.map((state) =>
    linesChart(kit, quoteLines(solved, first, asset, along(state)), {
      caption: `Offsets from the mid, in money, ${whenText(first.tau)}${stateText(solved, state)}`,
      description: `Optimal offsets of bid and ask by inventory, ${whenText(first.tau)}${stateText(solved, state)}`,
      label,
    }),
  );
  const parts = states.flatMap((state) =>
    (['bid', 'ask'] as const).map((side) =>
      partChart(kit, solved, side, asset, along(state), `${stateText(solved, state)}`, label),
    ),
  );
  return [
    section(
      `${name}Quotes`,
      html`<div class="pair">${quotes}${crossChart(kit, solved, asset)}${timeChart(kit, solved, asset)}</div>`,
      quotesLead(solved),
    ),
    section(
      `${name}What the spread is for`,
      html`${partList(solved.parts)}<div class="pair">${parts}</div>`,
      'The market is built up, one feature after the other; a part is what the feature adds to the quote. Dots are the quotes.',
    ),
  ];
}

const quotesLead = ({ assets }: Solved): string =>
  assets.length > 1
    ? 'By the inventory of this asset, without any of the others; and by that of another, without any of this.'
    : 'An offset below 0 is a quote through the mid. At the limits of the inventory a side is off.';

function partChart(
  kit: Kit,
  solved: Solved,
  side: 'bid' | 'ask',
  asset: number,
  places: readonly number[],
  state: string,
  label: string,
): Html {
  const layers = solved.parts.map(({ name, sides }, k) => ({
    name,
    colour: PART_COLOURS[k % PART_COLOURS.length],
    values: places.map((i) => sides[asset][side][i]),
  }));
  return partsChart(
    kit,
    places.map((i) => solved.inventories[i][asset]),
    layers,
    {
      caption: `Parts of the ${side}${state}, in money`,
      description: `Parts of the ${side} by inventory${state}`,
      label,
    },
  );
}

const partList = (parts: readonly Part[]): Html =>
  html`<dl class="facts">${parts.map(({ name, doc }) => html`<div><dt>${name}</dt><dd>${doc}</dd></div>`)}</dl>`;

/** Quotes of an asset by the inventory of the next one. */
function crossChart(kit: Kit, solved: Solved, asset: number): Html | false {
  if (solved.assets.length < 2) return false;
  const other = (asset + 1) % solved.assets.length;
  const held = solved.inventories[solved.origin];
  const places = alongAsset(solved, other, held, 0);
  const [first] = solved.quoted;
  const at = (xs: readonly (number | null)[]) => places.map((i) => ({ x: solved.inventories[i][other], y: xs[i] }));
  return linesChart(
    kit,
    [
      { name: 'bid', colour: BID, points: at(first.sides[asset].bid) },
      { name: 'ask', colour: ASK, points: at(first.sides[asset].ask) },
    ],
    {
      caption: `Offsets of ${solved.assets[asset]} by what is held of ${solved.assets[other]}`,
      description: `Offsets of ${solved.assets[asset]} by the inventory of ${solved.assets[other]}`,
      label: `inventory of ${solved.assets[other]}, lots`,
    },
  );
}

/** Bids of some inventories as the end comes. */
function timeChart(kit: Kit, solved: Solved, asset: number): Html | false {
  const timed = solved.quoted.filter((row) => row.tau !== null);
  if (timed.length < 2) return false;
  const places = alongAsset(solved, asset, solved.inventories[solved.origin], 0);
  const shown = places.filter((_, k) => k % Math.max(1, Math.ceil(places.length / 5)) === 0);
  const lines = shown
    .filter((i) => timed[0].sides[asset].bid[i] !== null)
    .map((i, k) => ({
      name: `q = ${solved.inventories[i][asset]}`,
      colour: `var(--a${(k % 8) + 1})`,
      points: timed.map((row) => ({ x: row.tau ?? 0, y: row.sides[asset].bid[i] })),
    }));
  return linesChart(kit, lines, {
    caption: 'Bids as the end comes, in money',
    description: 'Optimal bids by time to go, for some inventories',
    label: 'seconds to go',
  });
}

function valueTable({ longRun, rivals }: Solved): Html | false {
  if (longRun === null) return false;
  const rows = [{ name: 'optimum', doc: 'this solution', value: longRun.value }, ...rivals];
  return html`<div class="scroll"><table class="stacks"><thead><tr><th scope="col"></th><th scope="col">money a second</th><th scope="col">of the optimum</th></tr></thead><tbody>${rows.map(
    (
      r,
      k,
    ) => html`<tr class="${k === 0 ? 'tuned' : ''}"><th scope="row">${r.name}<span class="note">${r.doc}</span></th>
      <td data-label="money a second"><b>${formatNumber(r.value)}</b></td>
      <td data-label="of the optimum">${longRun.value > 0 ? formatPercent(r.value / longRun.value) : ''}</td></tr>`,
  )}</tbody></table></div>`;
}

function lawChart(kit: Kit, solved: Solved): Html | false {
  const law = solved.longRun?.flows?.law;
  if (law === undefined) return false;
  return html`<div class="pair">${solved.assets.map((name, asset) => {
    const shares = new Map<number, number>();
    solved.inventories.forEach((q, i) => {
      shares.set(q[asset], (shares.get(q[asset]) ?? 0) + law[i]);
    });
    return barsChart(
      kit,
      [...shares].map(([x, y]) => ({ x, y })),
      {
        caption: `Share of the time${solved.assets.length > 1 ? `, ${name}` : ''}`,
        description: 'Share of the time by inventory',
        label: 'inventory, lots',
      },
    );
  })}</div>`;
}

function incomeFacts({ longRun }: Solved): [string, string][] {
  if (longRun?.flows === undefined || longRun.flows === null) return [];
  const { captured, adverse, takerCost, held, bidFills, askFills, taken } = longRun.flows;
  return [
    ['captured by quotes', formatNumber(captured)],
    ['lost to the mid after fills', formatNumber(-adverse)],
    ['paid for taking', formatNumber(-takerCost)],
    ['penalties of inventory, and drift', formatNumber(held)],
    ['fills of the bid, a second', formatNumber(bidFills)],
    ['fills of the ask, a second', formatNumber(askFills)],
    ['lots taken, a second', formatNumber(taken)],
  ];
}

function body(kit: Kit, page: SolvedPage): Html {
  const { solved } = page;
  return html`<header>
      <p class="overline">poolgrad · hjb solve</p>
      <h1>${page.title}</h1>
      <p class="subtitle">${page.subject}</p>
    </header>
    <main>
      ${section('Value', valueTable(solved), 'In the long run, a second. The other ways to quote are valued in the same market.')}
      ${solved.assets.map((_, asset) => assetSection(kit, page, asset).map((x) => x || html``))}
      ${section('Inventory', lawChart(kit, solved), 'How the time is spent, in the long run.')}
      ${section('Income', factList(incomeFacts(solved)), 'Money a second, in the long run; the first four add up to the value.')}
      ${section('Facts', factList(page.facts))}
      ${section('Warnings', warningList(solved.notes))}
    </main>
    <footer>poolgrad ${page.version} · ${page.generated}</footer>`;
}

/** One HTML document that needs nothing else. */
export async function renderSolved(page: SolvedPage): Promise<string> {
  return htmlDocument(page.title, body(await loadKit(), page));
}
