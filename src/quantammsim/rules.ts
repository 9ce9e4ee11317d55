/** Floor 5. Rules of the simulator: those that poolgrad has too, and what the pools of the others are. */
import { own } from '../config/registry.js';
import type { UserError } from '../errors.js';
import { shorten } from '../export/document.js';
import type { Fields } from './run-file.js';

/** Their names of the rules that they and poolgrad have alike. */
export const RULES: Readonly<Record<string, string>> = {
  momentum: 'momentum',
  anti_momentum: 'anti-momentum',
  power_channel: 'power-channel',
  mean_reversion_channel: 'mean-reversion-channel',
};

/** The simulator calls a pool by its rule. What others are, and where poolgrad has the like. */
const OTHERS: Readonly<Record<string, string>> = {
  balancer: 'a pool of constant weights, which poolgrad has as constant-weight',
  reclamm: 'a pool with virtual reserves that follow the price, which poolgrad has as reclamm',
  cow: 'a pool that trades in batches, which poolgrad has as fm-amm',
  gyroscope: 'a pool with an elliptic curve, which poolgrad has as e-clp',
  hodl: 'a portfolio that never trades, which every evaluation has as a baseline',
  min_variance: "a rule that sees ahead in the simulator; poolgrad's minimum-variance does not",
};

/** Where trades come from that no config of ours could have from the file. */
function noiseOf({ noise_model: model, noise_arrays_path: arrays }: Fields): string {
  if (typeof model !== 'string') return '';
  const kept = typeof arrays === 'string' ? `, kept in '${arrays}'` : '';
  return `; beside arbitrageurs others trade with it by the noise model ${shorten(model)}${kept}, not in the file`;
}

/** Our name of the rule. Throws what is wrong with a pool of another. */
export function checkRule(name: string, fields: Fields, at: (what: string) => UserError): string {
  const found = own(RULES, name);
  if (found !== undefined) return found;
  const wanted = `run_fingerprint.rule: one of ${Object.keys(RULES).join(', ')} was expected, got '${name}'`;
  const other = own(OTHERS, name);
  if (other === undefined) {
    throw at(`${wanted}; others, and rules with a prefix such as bounded__, are not read: train one of these`);
  }
  throw at(`${wanted}, ${other}${noiseOf(fields)}; write a config of it and train that, with figures of its own`);
}
