/**
 * Floor 7. A number typed exactly: taken once it is whole (by Enter, or when the field is left), where it is one within the range.
 * Else it stays as it was typed, with what was expected. What stands while somebody types is nobody's number: 0.005 begins with 0.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';

interface Props {
  readonly id?: string;
  readonly label: string;
  readonly value: number;
  readonly range: readonly [number, number];
  /** What the ends of the range are, for people, where the label does not say it. */
  readonly ends?: readonly [string, string];
  /** A number of the range that is not taken. */
  readonly except?: number;
  readonly whole?: boolean;
  readonly onTake: (value: number) => void;
}

/** What the ends of a parameter’s range are. */
export const RANGE_ENDS = ['where its range begins', 'where its range ends'] as const;

/** What was typed. */
interface Typed {
  readonly text: string;
  /** Whether it is whole. */
  readonly isDone: boolean;
  /** The value before. */
  readonly over: number;
}

/** The number that a text says; null where it is none that is taken. */
function read(text: string, { range: [low, high], except, whole = false }: Props): number | null {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const isTaken = number >= low && number <= high && number !== except && (!whole || Number.isInteger(number));
  return isTaken ? number : null;
}

function expected({ range: [low, high], ends, except, whole = false }: Props): string {
  const end = (x: number, i: 0 | 1) => {
    if (!Number.isFinite(x)) return '';
    return ` ${i === 0 ? 'from' : 'to'} ${x}${ends === undefined ? '' : ` (${ends[i]})`}`;
  };
  const not = except !== undefined && low <= except && except <= high ? `, but not ${except}` : '';
  return `expected a${whole ? ' whole' : ''} number${end(low, 0)}${end(high, 1)}${not}`;
}

export function ExactNumber(props: Props) {
  const { id, label, value, onTake } = props;
  const saidId = useId();
  /** null: the value stands there. */
  const typed = useSignal<Typed | null>(null);
  // the value may have moved since, by a slider or to what was taken
  const isPast = typed.value?.isDone === true && typed.value.over !== value;
  const now = isPast ? null : typed.value;
  useEffect(() => {
    if (isPast) typed.value = null;
  }, [isPast]);
  const isWrong = now !== null && read(now.text, props) === null;
  const isRefused = isWrong && now.isDone;
  return (
    <>
      <input
        id={id}
        class="exact"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        spellcheck={false}
        aria-label={label}
        aria-invalid={isWrong}
        aria-describedby={isRefused ? saidId : undefined}
        value={now?.text ?? String(Number(value.toPrecision(6)))}
        onInput={(e) => {
          typed.value = { text: e.currentTarget.value, isDone: false, over: value };
        }}
        onChange={(e) => {
          // nothing was typed, or it was taken back: what stands there is the value, rounded
          if (typed.value === null) return;
          const text = e.currentTarget.value;
          typed.value = { text, isDone: true, over: value };
          const number = read(text, props);
          if (number !== null) onTake(number);
        }}
        onKeyDown={(e) => {
          if (e.key === 'Escape') typed.value = null;
        }}
      />
      {isRefused && (
        <span class="refused" id={saidId} role="alert">
          “{now.text}” is not taken: {expected(props)}
        </span>
      )}
    </>
  );
}
