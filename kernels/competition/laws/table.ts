/**
 * Floor 3. Two tables in place of formulas: how far an estimate p̂ of the price goes to what a trade implies, by how much
 * that surprises, and the half-width of a side, by how far the spot is from p̂ on the other one. Linear between entries,
 * beyond the last as there. Both sides share the table:
 *
 *     mᵇ = half(d),   mᵃ = half(−d),   d = spot/p̂ − 1
 *
 * A trade counts in proportion to its size, as in smooth-recentre, so that the law is continuous in it.
 */
import { constant } from '../../../src/graph/index.js';
import type { Parameter } from '../../../src/rollout/model.js';
import { between } from '../../makers/read.js';
import type { FeeLaw } from '../law.js';
import { amount, signed } from '../parameters.js';
import { around, counted, SIZE, spotOf } from './recentre.js';

/** Between entries: of the surprise, and of the distance. */
const SURPRISE = 0.004;
const DISTANCE = 0.0025;

const SURPRISES = [0, 1, 2, 3, 4];
/** Entries on each side of d = 0. */
const REACH = 5;

const gain: Parameter = {
  ...amount({
    range: [0, 1],
    default: 0.2,
    doc: 'Share of the way to the implied price that the estimate takes, by the surprise in steps of .4 %.',
  }),
  shape: SURPRISES.map((i) => `s${i}`),
};

const half: Parameter = {
  ...signed(2e-3, {
    range: [-0.1, 0.1],
    default: 0.005,
    doc: 'Half-width of the bid, by the distance of the spot from the estimate in steps of .25 %; of the ask, mirrored.',
  }),
  shape: Array.from({ length: 2 * REACH + 1 }, (_, i) => `d${i - REACH}`),
};

export const table: FeeLaw = {
  name: 'table',
  doc: 'an estimate of the price and half-widths around it, both read from tables',
  parameters: { gain, half, size: SIZE },
  start(c, reserves) {
    const width = c.value.half[REACH];
    return {
      bid: width,
      ask: width,
      memory: { centre: spotOf(reserves), last: constant(-1), used: constant(0) },
    };
  },
  after({ value }, quote, trade) {
    const { centre } = quote.memory;
    const { implied, surprise, weight, used } = counted(quote, trade, value.size[0]);
    const share = between(value.gain, surprise.div(SURPRISE), 0).mul(weight);
    const moved = centre.add(share.mul(implied.sub(centre)));
    const spot = spotOf(trade.reserves);
    const off = spot.div(moved).sub(1).div(DISTANCE);
    const fees = around(moved, spot, between(value.half, off, -REACH), between(value.half, off.neg(), -REACH));
    return { ...fees, memory: { centre: moved, last: trade.step, used } };
  },
};
