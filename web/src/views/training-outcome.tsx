/** Floor 7. What a training came to: parameters before and after, what holds, and what is to be said of it. */
import { describeGuards, formatMetric, formatQuantity } from 'poolgrad/browser';
import type { Outcome } from '../engine/training.js';
import type { Run } from '../training.js';

/** What training warns of while it runs, and at its end. */
export function Warnings({ run: { warnings, outcome } }: { readonly run: Run }) {
  const guards = outcome === null ? '' : describeGuards(outcome.guards);
  const all = [
    ...new Set([...warnings, ...(outcome?.warnings ?? [])]),
    ...(guards === '' ? [] : [`guards that bind for the best set: ${guards}`]),
  ];
  if (all.length === 0) return null;
  return (
    <section aria-labelledby="training-warnings">
      <h2 id="training-warnings">Warnings</h2>
      <ul class="warnings">
        {all.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}

interface Props {
  readonly run: Run;
  readonly outcome: Outcome;
}

export function TrainingOutcome({ run: { begun }, outcome }: Props) {
  if (begun === null) return null;
  const { best, before, selectedOn, start, tuned, constraints, notes, state } = outcome;
  const told = (x: number) => formatMetric(begun.metric, x);
  return (
    <section aria-labelledby="training-outcome">
      <h2 id="training-outcome">Result</h2>
      <p>
        {begun.metric} <b>{told(best.validation)}</b> on {selectedOn}
        {before !== null && <>, {told(before)} before training</>}: set {best.set + 1} of {state.sets}, iteration{' '}
        {best.iteration}.
      </p>
      {notes.map((note) => (
        <p key={note} class="doc">
          {note}
        </p>
      ))}
      <table>
        <thead>
          <tr>
            <th scope="col">Trained</th>
            <th scope="col">Start</th>
            <th scope="col">Best set</th>
          </tr>
        </thead>
        <tbody>
          {begun.columns.map(({ column, label, name, index, unit, doc }) => (
            <tr key={column} title={doc}>
              <th scope="row">{label}</th>
              <td>{formatQuantity(start[name][index], unit)}</td>
              <td>{formatQuantity(tuned[name][index], unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {constraints.length > 0 && <Constraints constraints={constraints} />}
    </section>
  );
}

function Constraints({ constraints }: Pick<Outcome, 'constraints'>) {
  const short = (x: number) => String(Number(x.toPrecision(5)));
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Constraint</th>
          <th scope="col">Bound</th>
          <th scope="col">In training</th>
          <th scope="col">In validation</th>
        </tr>
      </thead>
      <tbody>
        {constraints.map(({ training, validation }) => (
          <tr key={training.name}>
            <th scope="row">{training.name}</th>
            <td>
              {training.kind === 'atMost' ? 'at most' : 'at least'} {short(training.limit)}
            </td>
            <td>{short(training.measure)}</td>
            <td>
              {short(validation.measure)}
              {validation.fails && ': not kept'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
