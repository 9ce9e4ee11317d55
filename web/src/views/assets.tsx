/** Floor 7. Which assets of the prices the pool holds, where there is a choice. */

import { assetsChosen, chooseAssets } from '../edit.js';
import { prices } from '../engine/answers.js';

export function AssetChoices() {
  const available = prices.value?.assets ?? [];
  if (available.length < 2) return null;
  const chosen = assetsChosen() ?? available;
  const toggle = (asset: string) =>
    chooseAssets(
      available.filter((name) => (name === asset) !== chosen.includes(name)),
      available,
    );
  return (
    <fieldset class="parts">
      <legend>Assets of the pool</legend>
      {available.map((name) => {
        const isIn = chosen.includes(name);
        return (
          <label key={name}>
            {/* the last one stays */}
            <input
              type="checkbox"
              checked={isIn}
              disabled={isIn && chosen.length === 1}
              onChange={() => toggle(name)}
            />
            {name}
          </label>
        );
      })}
    </fieldset>
  );
}
