/** Floor 7. Figures of all rows that are shown, as `poolgrad evaluate` computes them, of the pool and of what it is shown beside. */
import { formatMetric } from 'poolgrad/browser';
import type { MetricFigure } from '../engine/simulate.js';
import { exact, lastExact } from '../simulation.js';

function Row({ figure }: { readonly figure: MetricFigure }) {
  const { name, label, doc, values } = figure;
  return (
    <tr>
      <th scope="row">
        {label}
        <span class="doc">{doc}</span>
      </th>
      {values.map((value, i) => (
        <td key={i}>{formatMetric(name, value)}</td>
      ))}
    </tr>
  );
}

export function ComparisonTable() {
  const now = exact.value ?? lastExact.value;
  if (now === null) return null;
  return (
    <section class="metrics" aria-labelledby="metrics-title">
      <h3 id="metrics-title">Figures of every row</h3>
      <div class="scroll">
        <table class={exact.value === null ? 'pending' : undefined}>
          <thead>
            <tr>
              <td />
              {now.lines.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[now.objective, ...now.metrics].map((figure) => (
              <Row key={figure.name} figure={figure} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
