/** Floor 5. What models make of their parameters before anything else: numbers that a bot would have to compute again. */
import { registry } from '../../kernels/index.js';
import { lambdaOfMemory, MEMORY, memoryOfRaw } from '../../kernels/rules/memory.js';
import type { PoolModel, RuleModel } from '../pools/model.js';
import type { Parameter } from '../rollout/model.js';
import { eclpParameters } from './curves.js';

/** A parameter of one set. */
export interface SetParameter {
  readonly declared: Parameter;
  readonly value: readonly number[];
  readonly raw: readonly number[];
}

type SetParameters = Readonly<Record<string, SetParameter>>;
type Used = Record<string, { value: number[]; unit: string }>;

/** Unit of the prices of a pair. */
const PAIR = 'second asset per first';

/** Prices that are relative to the start price, of a pool that starts at these prices; and what its contract is set up with. */
export function usedOfPool(
  pool: PoolModel,
  parameters: SetParameters,
  settings: Readonly<Record<string, number>>,
  prices: readonly number[],
): Used {
  const price = prices[0] / prices[1];
  const relative = (settings.centre ?? settings.middleIn) === 1;
  const entries = Object.entries(parameters).filter(([, p]) => p.declared.isPrice === true);
  const used: Used = Object.fromEntries(
    entries.map(([key, { declared, value }]) => {
      const [unit, start] = declared.shape === 'asset' ? ['numéraire per asset', prices] : [PAIR, [price]];
      return [key, { value: value.map((x, i) => (relative ? x * start[i] : x)), unit }];
    }),
  );
  // a pool of a user's own may have a shipped one's name
  if (registry.pools[pool.name] !== pool) return used;
  const of = (key: string) => parameters[key].value[0];
  if (pool.name === 'reclamm' || pool.name === 'concentrated-range') {
    const middle = used.middle?.value[0] ?? price;
    const half = Math.sqrt(of('priceRatio'));
    return { ...used, low: { value: [middle / half], unit: PAIR }, high: { value: [middle * half], unit: PAIR } };
  }
  if (pool.name === 'e-clp') {
    const values = { peak: of('peak'), below: of('below'), above: of('above'), lambda: of('lambda') };
    const { alpha, beta, ...turned } = eclpParameters(values, relative ? price : 1);
    const plain = Object.entries(turned).map(([key, x]) => [key, { value: [x], unit: '1' }]);
    return { alpha: { value: [alpha], unit: PAIR }, beta: { value: [beta], unit: PAIR }, ...Object.fromEntries(plain) };
  }
  return used;
}

/** The memories in whose days a rule's parameters per day are counted: the longest of them. */
const PACES: Readonly<Record<string, readonly string[]>> = {
  momentum: ['memoryDays'],
  'anti-momentum': ['memoryDays'],
  'power-channel': ['memoryDays'],
  'mean-reversion-channel': ['memoryDays'],
  'triple-threat-mean-reversion-channel': ['averageMemoryDays'],
  'difference-momentum': ['fastMemoryDays', 'slowMemoryDays'],
};

/** λ and days of every memory, both within the longest that is allowed, and what is per day times the days of its memory. */
export function usedOfRule(
  rule: RuleModel,
  parameters: SetParameters,
  { chunkPeriod, maxMemoryDays }: Readonly<Record<string, number>>,
): Used {
  const used: Used = {};
  for (const [key, { declared, raw }] of Object.entries(parameters)) {
    if (declared.transform.name !== MEMORY) continue;
    const longest = lambdaOfMemory(maxMemoryDays, chunkPeriod);
    const lambda = raw.map((x) => Math.min(1 / (1 + Math.exp(-x)), longest));
    used[key === 'memoryDays' ? 'lambda' : key.replace('MemoryDays', 'Lambda')] = { value: lambda, unit: '1' };
    used[key] = { value: raw.map((x) => Math.min(memoryOfRaw(x, chunkPeriod), maxMemoryDays)), unit: 'days' };
  }
  // a rule of a user's own may have a shipped one's name
  const paces = registry.rules[rule.name] === rule ? PACES[rule.name]?.map((key) => used[key].value) : undefined;
  for (const [key, { declared, value }] of Object.entries(parameters)) {
    if (paces === undefined || declared.unit !== '1/day') continue;
    used[key] = { value: value.map((x, i) => x * Math.max(...paces.map((days) => days[i]))), unit: '1' };
  }
  return used;
}
