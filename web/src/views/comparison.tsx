/** Floor 7. Metrics of the rows that are shown, as `poolgrad evaluate` computes them. */
import { formatMetric } from 'poolgrad/browser';
import { exact, lastExact } from '../simulation.js';

export function ComparisonTable() {
  const now = exact.value ?? lastExact.value;
  if (now === null) return null;
  return (
    <section class="metrics" aria-labelledby="metrics-title">
      <h3 id="metrics-title">Figures of every row</h3>
      <table class={exact.value === null ? 'pending' : undefined}>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">Pool</th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          {now.metrics.map(({ name, label, doc, value }) => (
            <tr key={name}>
              <th scope="row">{label}</th>
              <td>{formatMetric(name, value)}</td>
              <td class="doc">{doc}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
