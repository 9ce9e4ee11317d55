/**
 * Floor 3. smooth-recentre with two small networks, one layer of tanh each, both ending in 0 before they are trained:
 *
 *     gain:        w is multiplied by 2/(1 + e^−N₁(surprise towards the trade, size, wait, unrest))
 *     half-width:  of a side, N₂(d, flow, unrest)·1e-3 is added, d and flow mirrored for the ask
 *
 * wait = s/(s + 2) with s the steps since trades that count; unrest: a moving average of surprises; flow: the size of the
 * last trade that counts, positive where the pool bought X. Every trade counts in proportion to its size, so that the law is
 * continuous in it.
 */
import { constant, type Expr, where } from '../../../src/graph/index.js';
import { dot, logistic, sum, tanh } from '../../../src/rollout/functions.js';
import type { ModelContext, Parameter, Parameters } from '../../../src/rollout/model.js';
import type { FeeLaw, Quote, SeenTrade } from '../law.js';
import { amount, signed } from '../parameters.js';
import { around, counted, halves, scalars, smoothRecentre, softened, spotOf, type Widths } from './recentre.js';

const UNITS = [0, 1, 2];
const INPUTS = {
  gain: ['surprise', 'size', 'wait', 'unrest'],
  width: ['distance', 'flow', 'unrest'],
} as const;
type Part = keyof typeof INPUTS;

/** Starts spread over directions and thresholds, so that no two units learn the same: by the golden ratio. */
const spread = (k: number): number => 2 * (((k + 1) * 0.6180339887498949) % 1) - 1;

const weight = (rest: Pick<Parameter, 'default' | 'doc'> & Partial<Parameter>): Parameter => signed(1, rest);

function layers(part: Part, seed: number): Parameters {
  const inputs = INPUTS[part];
  const hidden = UNITS.flatMap((k) => [
    [
      `${part}_${k}`,
      weight({
        shape: inputs,
        default: 1.5 * spread(seed + k),
        doc: `Weights of unit ${k} of the network of the ${part}.`,
      }),
    ] as const,
    [`${part}Bias_${k}`, weight({ default: spread(seed + k + 7), doc: `Bias of that unit.` })] as const,
  ]);
  const shape = UNITS.map((k) => `unit${k}`);
  return { ...Object.fromEntries(hidden), [`${part}Out`]: weight({ shape, default: 0, doc: `What each unit adds.` }) };
}

function output({ value }: ModelContext, part: Part, given: readonly Expr[]): Expr {
  const z = UNITS.map((k) => tanh(dot(value[`${part}_${k}`], given).add(value[`${part}Bias_${k}`][0])));
  return sum(z.map((x, k) => x.mul(value[`${part}Out`][k])));
}

/** Units in which the networks see things: of a relative surprise or distance, and of y/Y. */
const SEEN = { price: 0.01, size: 0.002 };
const WIDTH_UNIT = 1e-3;

type Numbers = Widths & Readonly<Record<'gain' | 'gate' | 'factor' | 'softness' | 'size' | 'fade', Expr>>;

/** The estimate and what else is remembered, after a trade. */
function moved(c: ModelContext, quote: Quote, trade: SeenTrade) {
  const values: Numbers = scalars(c);
  const { centre, last, waited, unrest, flow } = quote.memory;

  const { implied, surprise, weight: counts, used } = counted(quote, trade, values.size);
  const rest = (x: Expr) => x.mul(constant(1).sub(counts));
  const waits = waited.add(trade.step.sub(last));
  const wait = waits.div(waits.add(2));
  const towards = implied
    .div(centre)
    .sub(1)
    .mul(where(trade.buysX, -1, 1))
    .div(SEEN.price);
  const size = trade.y.div(trade.reserves.y).div(SEEN.size);
  const factor = logistic(output(c, 'gain', [towards, size, wait, unrest])).mul(2);
  const share = softened(values, surprise).mul(factor).minimum(1).mul(counts);
  const memory = {
    centre: centre.add(share.mul(implied.sub(centre))),
    last: trade.step,
    used,
    waited: rest(waits),
    flow: rest(flow).add(counts.mul(where(trade.buysX, size, size.neg()))),
    unrest: unrest.add(values.fade.mul(counts).mul(surprise.div(SEEN.price).sub(unrest))),
  };
  return { memory, values };
}

export const network: FeeLaw = {
  name: 'network',
  doc: 'smooth-recentre, its gain and its half-widths changed by two small networks of what is seen',
  parameters: {
    ...smoothRecentre.parameters,
    fade: amount({ range: [0, 1], default: 0.1, doc: 'How fast the average of surprises follows them.' }),
    ...layers('gain', 0),
    ...layers('width', 20),
  },
  start: (c, reserves) => {
    const { memory, ...fees } = smoothRecentre.start(c, reserves);
    return { ...fees, memory: { ...memory, waited: constant(0), flow: constant(0), unrest: constant(0) } };
  },
  after(c, quote, trade) {
    const { memory, values } = moved(c, quote, trade);
    const spot = spotOf(trade.reserves);
    const off = spot.div(memory.centre).sub(1);
    const { bid, ask } = halves(off, values);
    const added = (distance: Expr, flow: Expr) =>
      output(c, 'width', [distance.div(SEEN.price), flow, memory.unrest]).mul(WIDTH_UNIT);
    const wide = { bid: bid.add(added(off, memory.flow)), ask: ask.add(added(off.neg(), memory.flow.neg())) };
    return { ...around(memory.centre, spot, wide.bid, wide.ask), memory };
  },
};
