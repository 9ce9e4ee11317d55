/** Floor 3, compute market. Step 9: R tokens a block of 2 s are minted, for validators, workers and curators; the treasury has the rest. */
import type { Draft } from './state.js';
import type { World } from './world.js';

const BLOCKS_A_MINUTE = 30;

export function emit(w: World, d: Draft): void {
  const minted = w.one('emission').mul(BLOCKS_A_MINUTE * w.dt);
  const out = minted.mul(w.one('toValidators').add(w.one('toWorkers')).add(w.one('toCurators')));
  d.tokens.minted = d.tokens.minted.add(minted);
  d.tokens.outside = d.tokens.outside.add(out);
  d.tokens.treasury = d.tokens.treasury.add(minted.sub(out));
}
