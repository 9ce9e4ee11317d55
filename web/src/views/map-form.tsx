/** Floor 7. What a map is of: its two axes and their ends, windows, slice, fineness. */
import type { Column } from '../engine/columns.js';
import {
  axes,
  choice,
  chosenColumns,
  givenSpans,
  goesWith,
  type MapAxis,
  type MapChoice,
  wholeSlider,
} from '../map.js';
import { trainForm } from '../train-form.js';
import { device, ended, isActive } from '../training.js';
import { DeviceChoice } from './device.js';
import { ExactNumber } from './exact-number.js';

const take = (change: Partial<MapChoice>): void => {
  choice.value = { ...choice.value, ...change };
};

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: Readonly<Record<string, string>>;
  readonly onTake: (value: string) => void;
}

function Select({ label, value, options, onTake }: SelectProps) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select aria-label={label} value={value} onChange={(e) => onTake(e.currentTarget.value)}>
        {Object.entries(options).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

const byLabel = (columns: readonly Column[]) => Object.fromEntries(columns.map(({ label }) => [label, label]));

/** Ends of an axis. */
function Ends({ axis: { column, field, span }, name }: { readonly axis: MapAxis; readonly name: string }) {
  const put = (ends: readonly [number, number]) => {
    givenSpans.value = { ...givenSpans.value, [column.label]: ends };
  };
  const isGiven = givenSpans.value[column.label] !== undefined;
  const [least, most] = field.range;
  return (
    <div class="ends">
      <span class="doc">{name} from</span>
      <ExactNumber
        label={`${name} axis, from`}
        value={span[0]}
        range={[least, span[1]]}
        except={span[1]}
        onTake={(from) => put([from, span[1]])}
      />
      <span class="doc">to</span>
      <ExactNumber
        label={`${name} axis, to`}
        value={span[1]}
        range={[span[0], most]}
        except={span[0]}
        onTake={(to) => put([span[0], to])}
      />
      <button type="button" class="quiet" onClick={() => put(wholeSlider(field))}>
        whole slider
      </button>
      {isGiven && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            const { [column.label]: _, ...others } = givenSpans.value;
            givenSpans.value = others;
          }}
        >
          as at first
        </button>
      )}
    </div>
  );
}

export function MapForm() {
  const columns = trainForm.value?.columns ?? [];
  if (chosenColumns.value === null || axes.value === null) return null;
  const [x, y] = chosenColumns.value;
  const { scale, on, points, through } = choice.value;
  return (
    <form class="map-form" onSubmit={(e) => e.preventDefault()}>
      <div class="bar">
        <Select label="Across" value={x.label} options={byLabel(columns)} onTake={(label) => take({ x: label })} />
        <Select
          label="Up"
          value={y.label}
          options={byLabel(columns.filter((column) => goesWith(x, column)))}
          onTake={(label) => take({ y: label })}
        />
        <Select
          label="Windows of"
          value={on}
          options={{ training: 'training', validation: 'validation' }}
          onTake={(value) => take({ on: value as MapChoice['on'] })}
        />
        {ended.value !== null && (
          <Select
            label="Others as"
            value={through}
            options={{ sliders: 'the sliders have them', best: 'the best set has them' }}
            onTake={(value) => take({ through: value as MapChoice['through'] })}
          />
        )}
      </div>
      <details class="settings">
        <summary>Axes, fineness, device</summary>
        <div class="bar">
          <Select
            label="Axes"
            value={scale}
            options={{ raw: 'as training moves', value: 'even in values' }}
            onTake={(value) => take({ scale: value as MapChoice['scale'] })}
          />
          <Select
            label="Points"
            value={String(points)}
            options={{ 17: '17 × 17', 33: '33 × 33', 65: '65 × 65' }}
            onTake={(value) => take({ points: Number(value) })}
          />
          <DeviceChoice chosen={device} isOff={isActive.value} />
        </div>
        <Ends axis={axes.value[0]} name="Across" />
        <Ends axis={axes.value[1]} name="Up" />
      </details>
    </form>
  );
}
