/** Floor 7. A number typed exactly: taken as it is typed where it is one within the range, else marked and left alone. */
import { useSignal } from '@preact/signals';

interface Props {
  readonly id?: string;
  readonly label: string;
  readonly value: number;
  readonly range: readonly [number, number];
  readonly whole?: boolean;
  readonly onTake: (value: number) => void;
}

export function ExactNumber({ id, label, value, range: [low, high], whole = false, onTake }: Props) {
  /** What is being typed; null: nothing is. */
  const typed = useSignal<string | null>(null);
  const read = (text: string) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    return number >= low && number <= high && (!whole || Number.isInteger(number)) ? number : null;
  };
  const shown = typed.value ?? String(Number(value.toPrecision(6)));
  const isWrong = typed.value !== null && read(typed.value) === null;
  const ends = [Number.isFinite(low) ? `from ${low}` : '', Number.isFinite(high) ? `to ${high}` : ''].join(' ').trim();
  return (
    <input
      id={id}
      class="exact"
      type="text"
      inputMode="decimal"
      autocomplete="off"
      spellcheck={false}
      aria-label={label}
      aria-invalid={isWrong}
      title={isWrong ? `expected a${whole ? ' whole' : ''} number ${ends}` : undefined}
      value={shown}
      onInput={(e) => {
        typed.value = e.currentTarget.value;
        const number = read(e.currentTarget.value);
        if (number !== null) onTake(number);
      }}
      onBlur={() => {
        typed.value = null;
      }}
    />
  );
}
