/** Floor 7. How far training may take a parameter: its bounds in the config, where there are some. */
import { boundsNow, setBounds, trainNow, valuesNow } from '../edit.js';
import type { ParameterField } from '../engine/models.js';
import { endsOf } from '../scale.js';
import { ExactNumber, RANGE_ENDS } from './exact-number.js';

interface Props {
  readonly section: string;
  readonly field: ParameterField;
  /** Of the parameter, for people. */
  readonly name: string;
}

/** Where bounds begin: what the slider spans, and what is set. */
const usualBounds = (section: string, field: ParameterField): readonly [number, number] =>
  endsOf([...field.scale.values, ...valuesNow(section, field)]);

/** What the end of a bound towards the other is. */
const nearest = (isValue: boolean) => (isValue ? 'its value' : 'the other end');

export function Bounds({ section, field, name }: Props) {
  const bounds = boundsNow(section, field);
  if (field.isSimplex || (bounds === null && !trainNow(section, field))) return null;
  if (bounds === null) {
    return (
      <p class="row">
        <span class="doc">Training stays within the range.</span>
        <button type="button" class="quiet" onClick={() => setBounds(section, field, usualBounds(section, field))}>
          Set bounds
        </button>
      </p>
    );
  }
  const [low, high] = field.range;
  // bounds are around the value
  const [from, to] = endsOf(valuesNow(section, field));
  const end = (i: 0 | 1) => (
    <ExactNumber
      label={`${name}, ${i === 0 ? 'least' : 'greatest'} in training`}
      value={bounds[i]}
      range={i === 0 ? [low, Math.min(from, bounds[1])] : [Math.max(to, bounds[0]), high]}
      ends={i === 0 ? [RANGE_ENDS[0], nearest(from < bounds[1])] : [nearest(to > bounds[0]), RANGE_ENDS[1]]}
      except={bounds[1 - i]}
      onTake={(x) => setBounds(section, field, i === 0 ? [x, bounds[1]] : [bounds[0], x])}
    />
  );
  return (
    <p class="row">
      <span class="doc">Training stays from</span>
      {end(0)}
      <span class="doc">to</span>
      {end(1)}
      <button type="button" class="quiet" onClick={() => setBounds(section, field, null)}>
        Take the bounds out
      </button>
    </p>
  );
}
