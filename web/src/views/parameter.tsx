/** Floor 7. A parameter: for each of its numbers a slider on the scale of its transform, the exact number beside it, its sentence. */
import { useSignal } from '@preact/signals';
import { formatQuantity } from 'poolgrad/browser';
import { isDeadEnd, leaveOut, setTrain, setValues, trainNow, valuesNow } from '../edit.js';
import type { ParameterField } from '../engine/models.js';
import { normalised, positionOf, withShare } from '../scale.js';
import { words } from '../words.js';
import { Arrow } from './arrow.js';
import { Bounds } from './bounds.js';
import { ExactNumber, RANGE_ENDS } from './exact-number.js';

interface Props {
  readonly section: string;
  readonly field: ParameterField;
}

const rangeText = ({ range: [low, high], unit }: ParameterField): string => {
  const end = (x: number, none: string) => (Number.isFinite(x) ? formatQuantity(x, unit) : none);
  return `${end(low, 'any')} to ${end(high, 'any')}`;
};

/** What the parameter is, its range and default, whether it trains. */
function About({ section, field, id, name }: Props & { readonly id: string; readonly name: string }) {
  const { doc, unit } = field;
  const isStuck = isDeadEnd(section, field);
  return (
    <div class="about" id={id}>
      <p class="doc">{doc}</p>
      <p class="doc">
        Range {rangeText(field)}
        {Number.isFinite(field.default) && !field.isSimplex && `, default ${formatQuantity(field.default, unit)}`}; key{' '}
        <code>{field.key}</code>.
      </p>
      <p class="row">
        {field.column !== null && (
          <label>
            <input
              type="checkbox"
              checked={!isStuck && trainNow(section, field)}
              disabled={isStuck}
              onChange={(e) => setTrain(section, field, e.currentTarget.checked)}
            />{' '}
            trained
          </label>
        )}
        {Number.isFinite(field.default) && (
          <button type="button" class="quiet" onClick={() => leaveOut(section, field.key)}>
            Back to the default
          </button>
        )}
      </p>
      {field.column !== null && isStuck && (
        <p class="doc">No gradient leads from {valuesNow(section, field).join(', ')}: it does not train there.</p>
      )}
      {field.column !== null && <Bounds section={section} field={field} name={name} />}
    </div>
  );
}

interface NumberProps extends Props {
  readonly values: readonly number[];
  readonly i: number;
  readonly name: string;
}

/** One number of the parameter. */
function OneNumber({ section, field, values, i, name }: NumberProps) {
  const { labels, unit, isSimplex, scale } = field;
  const value = values[i];
  const id = `${section}-${field.key}-${i}`;
  const full = labels.length === 0 ? name : `${name}, ${labels[i]}`;
  const take = (x: number) =>
    setValues(section, field, isSimplex ? withShare(values, i, x) : values.map((old, j) => (j === i ? x : old)));
  return (
    <div class="number">
      <label for={id} class={labels.length === 0 ? 'unseen' : 'part'}>
        {labels.length === 0 ? full : labels[i]}
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max={scale.values.length - 1}
        step="1"
        aria-label={full}
        aria-valuetext={formatQuantity(value, unit)}
        value={positionOf(scale.values, value)}
        onInput={(e) => take(scale.values[e.currentTarget.valueAsNumber])}
      />
      <ExactNumber label={`${full}, exact`} value={value} range={field.range} ends={RANGE_ENDS} onTake={take} />
      <Arrow field={field} values={values} i={i} />
    </div>
  );
}

export function Parameter({ section, field }: Props) {
  const isOpen = useSignal(false);
  const given = valuesNow(section, field);
  const values = field.isSimplex ? normalised(given) : given;
  const name = words(field.key);
  const id = `about-${section}-${field.key}`;
  const said = field.labels.length === 0 ? formatQuantity(values[0], field.unit) : '';
  return (
    <fieldset class="parameter">
      <legend>
        <button
          type="button"
          class="ask"
          aria-expanded={isOpen.value}
          aria-controls={id}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {name}
        </button>
        <span class="said">{field.series === null ? said : `follows ${field.series}`}</span>
      </legend>
      {field.series === null &&
        values.map((_, i) => (
          <OneNumber key={field.labels[i] ?? ''} section={section} field={field} values={values} i={i} name={name} />
        ))}
      {isOpen.value && <About section={section} field={field} id={id} name={name} />}
    </fieldset>
  );
}
