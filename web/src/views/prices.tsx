/** Floor 7. Which prices: the shipped ones, drawn ones, or a file; and which rows of them the figures are of. */
import { signal } from '@preact/signals';
import { formatDate, formatSpan } from 'poolgrad/browser';
import { catalogue, form } from '../engine/answers.js';
import { priceSources } from '../panels.js';
import { type DataRef, data, type Part, view } from '../state.js';
import { AssetChoices } from './assets.js';
import { DRAWN_DEFAULT } from './prices-drawn.js';

/** A file is chosen before there is one: then the data stay as they are until it is opened. */
const chosen = signal<'file' | null>(null);

const SHIPPED = 'Shipped: two assets, 90 days';

function take(from: DataRef['from']): void {
  if (from === 'file') chosen.value = data.value.from === 'file' ? null : 'file';
  // chosen anew, they are taken in place of a file that is still being read
  else if (from === data.value.from) data.value = { ...data.value };
  else data.value = from === 'shipped' ? { from } : DRAWN_DEFAULT;
}

const PARTS: readonly { readonly part: Part; readonly title: string }[] = [
  { part: 'all', title: 'All' },
  { part: 'train', title: 'Training' },
  { part: 'validation', title: 'Validation' },
  { part: 'test', title: 'Test' },
];

function rowsText(part: Part): string {
  const f = form.value;
  if (f === null) return '';
  const [from, to] = part === 'all' ? [f.split.train[0], f.rows] : f.split[part];
  const at = (row: number) => formatDate(f.start + row * f.interval);
  return `${at(from)} to ${at(to)}: ${(to - from).toLocaleString('en-US')} rows of ${formatSpan((to - from) * f.interval)}`;
}

export function PricesForm() {
  const from = chosen.value ?? data.value.from;
  const source = priceSources.find((s) => s.from === from);
  return (
    <>
      <div class="kind">
        <label for="prices">Where prices come from</label>
        <select
          id="prices"
          value={from}
          onChange={(e) => {
            chosen.value = null;
            take(e.currentTarget.value as DataRef['from']);
          }}
        >
          <option value="shipped">{SHIPPED}</option>
          {priceSources.map((s) => (
            <option key={s.from} value={s.from}>
              {s.title}
            </option>
          ))}
        </select>
      </div>
      {source !== undefined && catalogue.value !== null && <source.view />}
      <AssetChoices />
      <fieldset class="parts">
        <legend>Rows that figures are of</legend>
        {PARTS.map(({ part, title }) => (
          <label key={part}>
            <input
              type="radio"
              name="part"
              checked={view.value.part === part}
              onChange={() => {
                view.value = { ...view.value, part };
              }}
            />
            {title}
          </label>
        ))}
      </fieldset>
      <p class="doc">{rowsText(view.value.part)}</p>
    </>
  );
}
