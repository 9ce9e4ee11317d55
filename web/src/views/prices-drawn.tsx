/** Floor 7. Prices drawn by a process of the registry: its kind and numbers, assets, length, seed. */
import { catalogue, prices } from '../engine/answers.js';
import { type DataRef, data } from '../state.js';
import { ExactNumber } from './exact-number.js';
import { GroupFields } from './group-fields.js';

type Drawn = Extract<DataRef, { readonly from: 'drawn' }>;

/** A quarter of two assets at some 4 % a day, which go together in part. */
export const DRAWN_DEFAULT: Drawn = {
  from: 'drawn',
  model: { kind: 'gbm' },
  assets: ['A', 'B'],
  days: 90,
  interval: 60_000,
  seed: 1,
};

const change = (changed: Partial<Drawn>): void => {
  data.value = { ...(data.value as Drawn), ...changed };
};

const NAMES = 'ABCDEFGH';
const MOST_DAYS = 3 * 365;

export function DrawnPrices() {
  const now = data.value;
  if (now.from !== 'drawn') return null;
  const process = prices.value?.process ?? null;
  const kinds = catalogue.value?.sources ?? [];
  return (
    <div class="drawn">
      <div class="kind">
        <label for="source">Process</label>
        <select id="source" value={now.model.kind} onChange={(e) => change({ model: { kind: e.currentTarget.value } })}>
          {kinds.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <p class="doc">{kinds.find(({ name }) => name === now.model.kind)?.doc}</p>
      </div>
      <div class="setting">
        <span>Assets</span>
        <ExactNumber
          label="Number of assets"
          value={now.assets.length}
          range={[1, NAMES.length]}
          whole
          onTake={(n) => change({ assets: [...NAMES.slice(0, n)] })}
        />
      </div>
      <div class="setting">
        <span>Days</span>
        <ExactNumber label="Days" value={now.days} range={[1, MOST_DAYS]} whole onTake={(days) => change({ days })} />
      </div>
      <div class="setting">
        <span>Seed</span>
        <ExactNumber label="Seed" value={now.seed} range={[0, 2 ** 32 - 1]} whole onTake={(seed) => change({ seed })} />
      </div>
      {process !== null && process.kind === now.model.kind && (
        <details class="settings">
          <summary>Numbers of the process</summary>
          <GroupFields group={process} />
        </details>
      )}
    </div>
  );
}
