/** Floor 3. Fees: the parameter, and their sharing with a protocol, whose part leaves the pool. */
import type { Expr } from '../../src/graph/index.js';
import type { ModelContext, Parameter, Settings } from '../../src/rollout/model.js';
import { sigmoid } from '../../src/rollout/transforms.js';
import type { Arbitrage } from './arbitrageur.js';
import type { Reserves } from './geometric.js';

/** A fee on what is paid in; `fate` says what becomes of it. */
export const feeParameter = (value: number, trainable: boolean, fate = 'stays in the pool'): Parameter => ({
  shape: 'scalar',
  transform: sigmoid,
  range: [0, 0.1],
  unit: '1',
  role: 'fee',
  default: value,
  trainable,
  needsFlow: true,
  doc: `Fraction of what is paid in that is charged on every trade and ${fate}.`,
});

export const protocolSettings: Settings = {
  protocolShare: {
    default: 0,
    range: [0, 1],
    doc: 'share of every fee that goes to a protocol instead of staying in the pool',
  },
};

/** What the pool keeps of a fee. */
export const keptFee = ({ settings }: ModelContext, fee: Expr): Expr =>
  settings.protocolShare > 0 ? fee.mul(1 - settings.protocolShare) : fee;

/** The pool after a trade and what it keeps of the fees: of each Δᵢ paid in, fee·protocolShare·Δᵢ is taken out again. */
export function settled(c: ModelContext, trade: Arbitrage, fee: Expr): { state: Reserves; fees: Expr } {
  const { reserves, paidIn, fees } = trade;
  const { protocolShare } = c.settings;
  if (!(protocolShare > 0)) return { state: reserves, fees };
  const taken = fee.mul(protocolShare);
  return { state: reserves.map((r, i) => r.sub(paidIn[i].mul(taken))), fees: keptFee(c, fees) };
}
