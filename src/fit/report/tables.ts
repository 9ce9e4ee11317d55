/** Floor 5. Tables of the pages on fits and regimes. */
import { factList, section, warningList } from '../../evaluate/report/document.js';
import { formatNumber, formatPercent } from '../../evaluate/report/format.js';
import { type Html, html } from '../../evaluate/report/html.js';
import type { Chain, Estimate } from '../result.js';

/** `stacked`: on a narrow screen each row is a block of its own; else the table moves within its box. */
export const table = (heads: readonly string[], rows: Html[], stacked = false): Html =>
  html`<div class="scroll"><table class="${stacked ? 'stacks' : ''}"><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;

export const cell = (label: string, text: string | Html): Html => html`<td data-label="${label}">${text}</td>`;

/** Each number with its standard error. */
export function estimateTable(estimates: readonly Estimate[]): Html {
  const rows = estimates
    .filter(({ name }) => !name.startsWith('logit_'))
    .map(
      (e) => html`<tr><th scope="row">${e.name}${e.label && ` ${e.label}`}<span class="note">${e.doc}</span></th>
        ${cell('estimate', html`<b>${formatNumber(e.value)}</b>`)}
        ${cell('standard error', e.fitted ? formatNumber(e.error) : 'held')}
        ${cell('start', e.fitted ? formatNumber(e.start) : '')}
        ${cell('unit', e.unit === '1' ? '' : e.unit)}</tr>`,
    );
  return table(['', 'estimate', 'standard error', 'start', 'unit'], rows, true);
}

/** The matrix of moves, with how long a visit takes and how much of the time there is of each. */
export function chainTable({
  transition,
  errors,
  shares,
  dwell,
}: Pick<Chain, 'transition' | 'errors' | 'shares' | 'dwell'>): Html {
  const heads = ['', ...transition.map((_, j) => `to ${j}`), 'a visit takes', 'share of the time'];
  const rows = transition.map(
    (row, i) => html`<tr><th scope="row">from regime ${i}</th>
      ${row.map((p, j) => cell(`to ${j}`, `${formatNumber(p)}${errors[i][j] === null ? '' : ` ± ${formatNumber(errors[i][j])}`}`))}
      ${cell('a visit takes', `${formatNumber(dwell[i] / 86_400_000)} days`)}
      ${cell('share of the time', formatPercent(shares[i]))}</tr>`,
  );
  return table(heads, rows);
}

/** The end of a page: where its figures come from, and what to beware of. */
export const factsAndWarnings = ({
  span,
  method,
  notes,
}: {
  span: string;
  method: string;
  notes: readonly string[];
}): Html =>
  html`${section(
    'Facts',
    factList([
      ['data', span],
      ['method', method],
    ]),
  )}<div id="warnings">${section('Warnings', warningList(notes))}</div>`;
