/** Floor 5. A comparison on the same draws as lines for the terminal, as a section of the page and as plain numbers. */
import { section } from '../report/document.js';
import { metricLabel } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import type { Comparison } from './beside.js';
import type { Summary } from './figures.js';
import { withError } from './page.js';

const numbers = ({ mean, standardError }: Summary) => ({ mean, standardError });

/** All of it, for programs: by comparator, by figure. */
export const besideJson = ({ figures, rows }: Comparison) =>
  Object.fromEntries(
    rows.map((row) => [
      row.name,
      {
        doc: row.doc,
        figures: Object.fromEntries(
          figures.map(({ name }, k) => {
            const found = row.figures[k];
            return [
              name,
              found === null ? null : { ...numbers(found.own), ...{ tunedLessThis: numbers(found.behind) } },
            ];
          }),
        ),
      },
    ]),
  );

/** A line a comparator; beside each figure what the tuned one has more. */
export function besideText({ figures, rows }: Comparison): string[] {
  const width = Math.max(...rows.map((r) => r.name.length));
  const lines = rows.map(({ name, figures: found }, k) => {
    const cells = figures.map((figure, f) => {
      const x = found[f];
      if (x === null) return `${figure.name} –`;
      return `${figure.name} ${withError(x.own)}${k === 0 ? '' : ` (tuned less this ${withError(x.behind)})`}`;
    });
    return `  ${name.padEnd(width)}  ${cells.join(' · ')}`;
  });
  return ['beside others, on the same draws:', ...lines];
}

const cell = (label: string, text: string | Html): Html => html`<td data-label="${label}">${text}</td>`;

export function besideSection({ figures, rows }: Comparison): Html | false {
  const heads = ['', ...figures.map(({ name }) => metricLabel(name))];
  const body = rows.map(
    (row, k) => html`<tr><th scope="row">${row.name}<span class="note">${row.doc}</span></th>
      ${figures.map(({ name }, f) => {
        const found = row.figures[f];
        if (found === null) return cell(metricLabel(name), '–');
        const own = withError(found.own);
        return cell(
          metricLabel(name),
          k === 0
            ? html`<b>${own}</b>`
            : html`${own}<span class="note">tuned less this: ${withError(found.behind)}</span>`,
        );
      })}</tr>`,
  );
  return section(
    'Beside others',
    html`<div class="scroll"><table class="stacks"><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`,
    'Means over the windows with their standard errors, all on the same draws. Differences are taken window by window, so they are known far better than the figures themselves.',
  );
}
