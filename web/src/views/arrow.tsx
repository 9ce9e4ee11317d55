/**
 * Floor 7. The gradient at a slider: which way the objective rises, and by how much a hundredth of the slider's length would raise
 * it, to first order. Shown once the gradient of the present state is there.
 */
import { formatMetric } from 'poolgrad/browser';
import type { ParameterField } from '../engine/models.js';
import { exact } from '../simulation.js';

interface Props {
  readonly field: ParameterField;
  readonly values: readonly number[];
  readonly i: number;
}

/** What a hundredth of the slider to the right is worth. Of linked shares: dJ/dwᵢ = gᵢ/(wᵢ(1 − wᵢ)), g the gradient of the raws. */
function perHundredth(gradient: Float64Array, column: number, { field, values, i }: Props): number {
  const g = gradient[column + i];
  const step = (field.scale.step * (field.scale.values.length - 1)) / 100;
  return field.isSimplex ? (g / (values[i] * (1 - values[i]))) * step : g * step;
}

/** Of the objective's size: what is less is told as no direction. */
const FLAT = 1e-7;

export function Arrow(props: Props) {
  const now = exact.value;
  const { column } = props.field;
  if (column === null) return null;
  if (now?.gradient == null) return <output class="arrow" aria-hidden="true" />;
  const rise = perHundredth(now.gradient, column, props);
  const { name, values: figures } = now.objective;
  const isFlat = !(Math.abs(rise) > FLAT * Math.max(1, Math.abs(figures[0] ?? 0)));
  const amount = formatMetric(name, Math.abs(rise));
  const sentence = isFlat
    ? 'the objective is flat here'
    : `a hundredth of the slider ${rise > 0 ? 'to the right' : 'to the left'} raises the objective by ${amount}`;
  return (
    <span class={`arrow ${isFlat ? 'flat' : rise > 0 ? 'up' : 'down'}`} title={sentence}>
      <span aria-hidden="true">{isFlat ? '·' : rise > 0 ? `+${amount} →` : `← +${amount}`}</span>
      <span class="unseen">{sentence}</span>
    </span>
  );
}
