/** Floor 5. The comparison of makers as lines for the terminal and as plain numbers. */
import { formatNumber } from '../report/format.js';
import type { Compared, MakerComparison } from './compare.js';
import { type Estimate, type MakerFigure, SOURCES } from './figures.js';

export const estimateText = (x: Estimate | null): string =>
  x === null
    ? formatNumber(null)
    : Number.isFinite(x.standardError)
      ? `${formatNumber(x.mean)} ± ${formatNumber(x.standardError)}`
      : formatNumber(x.mean);

/** What is shown first, with what it is. */
export const SHOWN: readonly (readonly [figure: MakerFigure, head: string, doc: string])[] = [
  ['objective', 'objective', 'money made less the penalties of inventory'],
  ['pnl', 'pnl', 'money made'],
  ['spreadCaptured', 'captured', 'offsets and rebates of fills'],
  ['inventoryPnl', 'inventory', 'what moves of the mid made of the inventory'],
  ['takerCost', 'taking', 'paid for taking'],
  ['adverseSelection', 'adverse', 'what the mid moved against fills within the markout'],
  ['meanAbsQ', 'mean |q|', 'lots'],
  ['sharpe', 'Sharpe', 'of the steps’ pnl, by the year'],
  ['fillGap', 'fills − expected', 'a second, of both sides: seen less what the quotes should have had'],
  ['turnover', 'turnover', 'lots bought and sold'],
];

/** `optimum: objective .. ± .., tuned better by .. ± .., .. a second in the long run` */
function line({ name, figures, behind, lasting }: Compared, best: number | null): string {
  const parts = [estimateText(figures.objective)];
  if (behind !== null) parts.push(`tuned less this ${estimateText(behind)}`);
  if (lasting !== null) {
    const gap =
      best === null || name === 'optimum' ? '' : `, ${formatNumber(((best - lasting) / best) * 100)} % below the best`;
    parts.push(`${formatNumber(lasting)} a second in the long run${gap}`);
  }
  return `  ${name.padEnd(16)} ${parts.join(' · ')}`;
}

/** `tuned made 13.921 = spread 14.0 + … − adverse selection 0.01` */
function sourcesText({ name, figures }: Compared): string {
  const parts = SOURCES.flatMap(({ figure, sign, name: source }, i) => {
    const mean = sign * (figures[figure]?.mean ?? 0);
    if (mean === 0) return [];
    return [`${mean < 0 ? '− ' : i === 0 ? '' : '+ '}${formatNumber(Math.abs(mean))} ${source}`];
  });
  return `  ${name} made ${formatNumber(figures.pnl?.mean ?? null)} = ${parts.join(' ')}`;
}

export function comparisonText({ rows, scenarios, steps, dt, fillsBy }: MakerComparison): string[] {
  const best = rows.find((r) => r.name === 'optimum')?.lasting ?? null;
  const time = formatNumber(steps * dt);
  return [
    fillsBy === 'draws'
      ? `objective of drawn fills over ${scenarios} scenarios of ${time} s from the start inventory, on the same draws:`
      : `objective of fills by recorded trades over ${scenarios} windows of ${time} s, each from the start inventory; long run as the model has it:`,
    ...rows.map((row) => line(row, best)),
    sourcesText(rows[0]),
  ];
}

/** All of it, for programs. */
export const comparisonJson = ({ rows, ...rest }: MakerComparison) => ({
  ...rest,
  policies: Object.fromEntries(
    rows.map(({ name, ...row }) => [
      name,
      {
        ...row,
        /** Means with their signs: their sum is that of the pnl. */
        sources: Object.fromEntries(
          SOURCES.map(({ figure, sign, name: source }) => [source, sign * (row.figures[figure]?.mean ?? 0)]),
        ),
      },
    ]),
  ),
});
