/** Floor 7. How to train: the fields of the config’s train section, the ones that are changed most in sight. */

import type { SectionField } from 'poolgrad/browser';
import { useEffect } from 'preact/hooks';
import { leaveOut, put } from '../edit.js';
import { fault } from '../engine/answers.js';
import type { TrainForm } from '../engine/train.js';
import { sectionOf } from '../state.js';
import { startTrainForm, trainForm } from '../train-form.js';
import { words } from '../words.js';
import { ExactNumber } from './exact-number.js';

const FIRST = ['iterations', 'sets', 'windows', 'windowDays', 'learningRate'];
/** Read by some optimisers only. */
const OF: Readonly<Record<string, readonly string[]>> = {
  momentum: ['sgd'],
  beta2: ['adam', 'adamw'],
  weightDecay: ['adamw'],
};
/** The page writes no files while it trains. */
export const LEFT_OUT = ['checkpointEvery'];

function isChanged({ key, default: usual }: SectionField): boolean {
  const own = sectionOf('train')[key];
  return own !== undefined && own !== usual;
}

/** The ends of what may be typed; beyond open ends stands what is nearest to them. */
function endsOf({ range: { min, above, max, below } }: SectionField): readonly [number, number] {
  const low = min ?? (above === undefined ? Number.NEGATIVE_INFINITY : above + Number.MIN_VALUE);
  const high = max ?? (below === undefined ? Number.POSITIVE_INFINITY : below * (1 - Number.EPSILON));
  return [low, high];
}

function Field({ field, value }: { readonly field: SectionField; readonly value: number | string }) {
  const { key, doc, choices, range } = field;
  const id = `train-${key}`;
  const name = words(key);
  const take = (given: number | string) => put('train', key, given);
  return (
    <div class="setting">
      <label for={id}>{name}</label>
      {choices === null ? (
        <ExactNumber
          id={id}
          label={name}
          value={Number(value)}
          range={endsOf(field)}
          whole={range.whole === true}
          onTake={take}
        />
      ) : (
        <select id={id} value={value} aria-describedby={`${id}-doc`} onChange={(e) => take(e.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      )}
      <p class="doc" id={`${id}-doc`}>
        {doc}
        {isChanged(field) && (
          <>
            {' '}
            <button type="button" class="quiet" onClick={() => leaveOut('train', key)}>
              Back to {field.default}
            </button>
          </>
        )}
      </p>
    </div>
  );
}

/** What trains, and what to do where nothing does. */
function Trains({ form }: { readonly form: TrainForm }) {
  const titles = [...new Set(form.columns.map(({ title }) => title))];
  return (
    <p class="doc">
      {titles.length === 0
        ? 'Nothing trains: open a parameter by its name and tick “trained”.'
        : `Trained: ${titles.join(', ')}. A parameter’s own “trained” says which do.`}
    </p>
  );
}

export function TrainingForm() {
  useEffect(startTrainForm, []);
  const form = trainForm.value;
  if (form === null) return null;
  const { optimizer } = form.values;
  const fields = form.fields.filter(
    ({ key }) => !LEFT_OUT.includes(key) && (OF[key]?.includes(String(optimizer)) ?? true),
  );
  const [first, more] = [true, false].map((isFirst) => fields.filter(({ key }) => FIRST.includes(key) === isFirst));
  const changed = more.filter(isChanged).length;
  return (
    <section aria-labelledby="training-form">
      <h2 id="training-form">How to train</h2>
      <Trains form={form} />
      {fault.value?.path[0] === 'train' && (
        <p class="fault" role="alert">
          {fault.value.message}
        </p>
      )}
      <form class="fields" onSubmit={(e) => e.preventDefault()}>
        {first.map((field) => (
          <Field key={field.key} field={field} value={form.values[field.key]} />
        ))}
      </form>
      <details class="settings">
        <summary>More{changed > 0 && ` (${changed} changed)`}</summary>
        <form class="fields" onSubmit={(e) => e.preventDefault()}>
          {more.map((field) => (
            <Field key={field.key} field={field} value={form.values[field.key]} />
          ))}
        </form>
      </details>
    </section>
  );
}
