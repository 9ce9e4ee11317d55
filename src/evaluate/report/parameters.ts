// Floor 5. Parameters, from the starting values to the trained ones: a table with a small picture of each move.
import type { ReportParameter } from './data.js';
import { formatQuantity, formatShortPercent } from './format.js';
import { type Html, html, trusted } from './html.js';

const WIDTH = 150;

/** Hollow dot where it started, solid dot where it ended, on one axis for all entries of the parameter. */
function move(initial: number, trained: number, [low, high]: [number, number]): Html {
  const at = (x: number) => (high > low ? 8 + ((x - low) / (high - low)) * (WIDTH - 16) : WIDTH / 2).toFixed(1);
  const [from, to] = [at(initial), at(trained)];
  return trusted(
    `<svg class="move" viewBox="0 0 ${WIDTH} 16" width="${WIDTH}" height="16" aria-hidden="true">` +
      `<path class="track" d="M8 8H${WIDTH - 8}"/><path class="way" d="M${from} 8H${to}"/>` +
      `<circle class="from" cx="${from}" cy="8" r="3.5"/><circle class="to" cx="${to}" cy="8" r="4.5"/></svg>`,
  );
}

/** Relative change, or the difference where there is no base to relate it to. */
function change(initial: number, trained: number, unit: string): string {
  if (initial === trained) return 'unchanged';
  const text = initial !== 0 ? formatShortPercent(trained / initial - 1) : formatQuantity(trained - initial, unit);
  return trained > initial === initial >= 0 && !text.startsWith('\u2212') ? `+${text}` : text;
}

function entries(p: ReportParameter): Html[] {
  const all = [...p.initial, ...p.trained].filter(Number.isFinite);
  const range: [number, number] = [Math.min(...all), Math.max(...all)];
  return p.trained.map((trained, i) => {
    const initial = p.initial[i] ?? Number.NaN;
    const both = Number.isFinite(initial) && Number.isFinite(trained);
    return html`<tr>
      <th scope="row">${p.labels[i] ?? (p.trained.length > 1 ? `${i + 1}` : '')}</th>
      <td>${formatQuantity(initial, p.unit)}</td>
      <td class="trained">${formatQuantity(trained, p.unit)}</td>
      <td class="change">${both && (p.frozen ? 'frozen' : change(initial, trained, p.unit))}</td>
      <td class="picture">${both && !p.frozen && move(initial, trained, range)}</td>
    </tr>`;
  });
}

/** A parameter's sentence as one: from a capital to a full stop, with what stands between backticks as code. */
function sentence(doc: string): Html[] {
  const parts = `${doc.charAt(0).toUpperCase()}${doc.slice(1)}${/[.!?]$/.test(doc) ? '' : '.'}`.split('`');
  return parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** All parameters, each with its sentence and one row for each entry. */
export function parameterTable(parameters: ReportParameter[]): Html {
  return html`<div class="scroll"><table class="parameters">
    <thead><tr><th scope="col"></th><th scope="col">initial</th><th scope="col">trained</th><th scope="col">change</th><th scope="col" class="picture">○ initial → ● trained</th></tr></thead>
    ${parameters.map(
      (p) => html`<tbody>
        <tr class="head"><th colspan="5" scope="rowgroup"><b>${p.name}</b>${p.frozen && html` <em class="badge">frozen</em>`}
          <span>${sentence(p.doc)}</span>${p.note && html`<span class="note">${p.note}</span>`}</th></tr>
        ${entries(p)}
      </tbody>`,
    )}
  </table></div>`;
}
