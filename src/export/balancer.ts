/**
 * Floor 5. What pool creation on Balancer V3 asks of every pool, QuantAMM's included: sorted tokens, role accounts,
 * the swap fee at the vault's precision, weights that sum to 1e18.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { integerText, shorten } from './document.js';
import { apportion, divideHalfEven, fromFixedPoint, rational, WAD } from './fixed-point.js';
import type { TunedPool } from './pool.js';
import { type Blanks, isPlaceholder, type Template, ZERO_ADDRESS } from './template.js';

/** The vault stores fees in units of 1e11 (24 bits). */
export const FEE_UNIT = 10n ** 11n;
/** .001 % and 10 % in 18-decimal fixed point. */
const MINIMUM_FEE = 10n ** 13n;
const MAXIMUM_FEE = 10n ** 17n;
/** Balancer's weighted pools hold 2 to 8 tokens. */
const MAXIMUM_TOKENS = 8;
/** TokenType of the vault. */
const STANDARD = 0;
const WITH_RATE = 1;

const tokenConfigSchema = z.strictObject({
  token: z.string(),
  tokenType: z.union([z.literal(STANDARD), z.literal(WITH_RATE)]),
  rateProvider: z.string(),
  paysYieldFees: z.boolean(),
});

/** The creation arguments that both factories share, in the order of their declaration. */
export const creationFields = {
  name: z.string(),
  symbol: z.string(),
  tokens: z.array(tokenConfigSchema).min(2).max(MAXIMUM_TOKENS),
  normalizedWeights: z.array(integerText),
  roleAccounts: z.strictObject({ pauseManager: z.string(), swapFeeManager: z.string(), poolCreator: z.string() }),
  swapFeePercentage: integerText,
  poolHooksContract: z.string(),
  enableDonation: z.boolean(),
  disableUnbalancedLiquidity: z.boolean(),
  salt: z.string(),
};

/** Fields of the file that say how its arrays are ordered. */
export const orderFields = {
  assets: z.array(z.string().min(1)).describe('order of all arrays in the creation arguments'),
  checkpointOrder: z.array(z.int().min(0)).describe('position in those arrays of each asset of the checkpoint'),
};

/** Order of the tokens in the file. */
export interface TokenOrder {
  /** checkpoint index of each place in the file */
  readonly order: readonly number[];
  readonly warnings: string[];
}

/**
 * The vault wants tokens sorted by address. Sorts where all addresses are known; otherwise keeps the checkpoint's order.
 * @throws UserError for more tokens than a weighted pool holds, or one address twice
 */
export function tokenOrder(op: string, pool: TunedPool, template: Template): TokenOrder {
  const n = pool.assets.length;
  if (n > MAXIMUM_TOKENS) {
    throw new UserError(`${op}: expected 2 to ${MAXIMUM_TOKENS} assets, got ${n}; train a pool of fewer assets`);
  }
  const addresses = pool.assets.map((name) => template.tokens?.[name]?.token?.toLowerCase());
  const twice = addresses.find((a, i) => a !== undefined && addresses.indexOf(a) !== i);
  if (twice !== undefined) {
    throw new UserError(`${op}: every token address must occur once, got ${twice} twice; mend tokens in the template`);
  }
  const order = pool.assets.map((_, i) => i);
  if (addresses.includes(undefined)) {
    return {
      order,
      warnings: [
        'the vault wants tokens sorted by address, and some addresses are missing: put them in the template and export again rather than filling them in by hand',
      ],
    };
  }
  // Equal-length lower-case hex sorts as the numbers do.
  return { order: order.sort((i, j) => (addresses[i]! < addresses[j]! ? -1 : 1)), warnings: [] };
}

/** An array in the checkpoint's order, put in the file's. */
export function arrange<T>(values: readonly T[], order: readonly number[]): T[] {
  return order.map((i) => values[i]);
}

/** `assets` and `checkpointOrder` of the file. */
export function orderBlock(pool: TunedPool, order: readonly number[]): { assets: string[]; checkpointOrder: number[] } {
  return { assets: arrange(pool.assets, order), checkpointOrder: pool.assets.map((_, i) => order.indexOf(i)) };
}

/** Arrays of the file put back in the checkpoint's order; refuses an order that is no permutation. */
export function restorer(op: string, checkpointOrder: readonly number[]): <T>(values: readonly T[]) => T[] {
  const n = checkpointOrder.length;
  if (new Set(checkpointOrder).size !== n || checkpointOrder.some((place) => place >= n)) {
    throw new UserError(
      `${op}: checkpointOrder must hold each of 0 … ${n - 1} once, got ${shorten(checkpointOrder)}; export the checkpoint again`,
    );
  }
  return (values) => {
    if (values.length !== n) {
      throw new UserError(
        `${op}: every array must have one entry an asset (${n}), got ${values.length}; export the checkpoint again`,
      );
    }
    return checkpointOrder.map((place) => values[place]);
  };
}

/**
 * Weights in units of `unit` (of 1e-18), summing to 1e18 exactly, none below `minimum` (of 1e-18).
 * @throws UserError for a weight that is below the minimum by more than rounding
 */
export function weightsToFixedPoint(
  op: string,
  pool: TunedPool,
  { unit, minimum, remedy }: { unit: bigint; minimum: bigint; remedy: string },
): bigint[] {
  const least = fromFixedPoint(minimum);
  const low = pool.weights.findIndex((w) => w < least - 1e-12);
  if (low >= 0) {
    throw new UserError(
      `${op}: the weight of ${pool.assets[low]} must be at least ${least}, got ${pool.weights[low]}; ${remedy}`,
    );
  }
  const leastUnits = (minimum + unit - 1n) / unit;
  return apportion(pool.weights, WAD / unit, leastUnits).map((part) => part * unit);
}

/**
 * The fee (the template's `swapFee` where given) in 18-decimal fixed point, to the nearest multiple of 1e11. A pool that
 * was simulated without fees gets the vault's smallest: there is none without.
 * @throws UserError outside .001 % … 10 %
 */
export function swapFeeToFixedPoint(op: string, pool: TunedPool, template: Template): bigint {
  if (template.swapFee === undefined && pool.fee === 0) return MINIMUM_FEE;
  const fee = template.swapFee ?? pool.fee;
  const { num, den } = rational(fee);
  const fixed = divideHalfEven(num * WAD, den * FEE_UNIT) * FEE_UNIT;
  checkSwapFee(op, fixed, fee);
  return fixed;
}

function checkSwapFee(op: string, fixed: bigint, fee: number): void {
  if (fixed >= MINIMUM_FEE && fixed <= MAXIMUM_FEE) return;
  throw new UserError(
    `${op}: the swap fee must be from 0.00001 (.001 %) to 0.1 (10 %), got ${fee}; bound the fee in the config and train again, or set swapFee in the template`,
  );
}

/** From here on, relative, what rounding does to the fee is no note but a warning. */
const LOUD_LOSS = 1e-4;

/** Tells where the file's fee is not the one that was simulated. */
export function feeMessages(
  pool: TunedPool,
  template: Template,
  fixed: bigint,
): { notes: string[]; warnings: string[] } {
  const onChain = fromFixedPoint(fixed);
  if (template.swapFee !== undefined && template.swapFee !== pool.fee) {
    return { notes: [], warnings: [`the template's swap fee ${onChain} replaces the trained ${pool.fee}`] };
  }
  if (pool.fee === 0) {
    return {
      notes: [],
      warnings: [
        `the vault has no fee of 0: its smallest, ${onChain} (.001 %), is written; set swapFee in the template`,
      ],
    };
  }
  if (onChain === pool.fee) return { notes: [], warnings: [] };
  const said = `the swap fee ${pool.fee} becomes ${onChain} (the vault keeps multiples of 1e-7)`;
  const lost = Math.abs(onChain / pool.fee - 1);
  if (lost < LOUD_LOSS) return { notes: [said], warnings: [] };
  return { notes: [], warnings: [`${said}: ${(100 * lost).toPrecision(2)} % of it`] };
}

/** TokenConfig[] in the file's order. */
function tokenConfigs(op: string, pool: TunedPool, template: Template, order: readonly number[], blanks: Blanks) {
  return arrange(pool.assets, order).map((name) => {
    const { token, rateProvider = ZERO_ADDRESS, paysYieldFees = false } = tokenOf(template, name);
    if (rateProvider === ZERO_ADDRESS && paysYieldFees) {
      throw new UserError(
        `${op}: ${name} pays yield fees and so needs a rate provider, got none; set tokens.${name}.rateProvider in the template`,
      );
    }
    return {
      token: blanks.fill(token, `tokens.${name}`),
      tokenType: rateProvider === ZERO_ADDRESS ? STANDARD : WITH_RATE,
      rateProvider,
      paysYieldFees,
    };
  });
}

function tokenOf(template: Template, name: string): { token?: string; rateProvider?: string; paysYieldFees?: boolean } {
  return template.tokens?.[name] ?? {};
}

/** Both factories revert for a pool creator: "standard pool with creator". */
function roleAccounts(op: string, template: Template, blanks: Blanks) {
  const { pauseManager, swapFeeManager, poolCreator = ZERO_ADDRESS } = template.roleAccounts ?? {};
  if (poolCreator !== ZERO_ADDRESS) {
    throw new UserError(
      `${op}: roleAccounts.poolCreator must be the zero address (the factory refuses any other), got ${poolCreator}; remove it from the template`,
    );
  }
  return {
    pauseManager: blanks.fill(pauseManager, 'roleAccounts.pauseManager'),
    swapFeeManager: blanks.fill(swapFeeManager, 'roleAccounts.swapFeeManager'),
    poolCreator,
  };
}

/** The shared creation arguments; a missing hooks contract is none, which is what the simulation assumes. */
export function creationArguments(
  op: string,
  pool: TunedPool,
  template: Template,
  parts: { order: readonly number[]; weights: readonly bigint[]; fee: bigint; label: string; blanks: Blanks },
) {
  const { order, weights, fee, label, blanks } = parts;
  const pair = arrange(pool.assets, order).join('-');
  return {
    name: template.name ?? `${pair} ${label}`,
    symbol: template.symbol ?? pair,
    tokens: tokenConfigs(op, pool, template, order, blanks),
    normalizedWeights: arrange(weights, order),
    roleAccounts: roleAccounts(op, template, blanks),
    swapFeePercentage: fee,
    poolHooksContract: template.poolHooksContract ?? ZERO_ADDRESS,
    enableDonation: template.enableDonation ?? false,
    disableUnbalancedLiquidity: template.disableUnbalancedLiquidity ?? false,
    salt: blanks.fill(template.salt, 'salt'),
  };
}

/**
 * The factory's own checks of what both kinds of pool share, on the integers of the file: reading a file that was
 * edited by hand must not be kinder than the chain.
 */
export function checkCreation(
  op: string,
  file: { tokens: { token: string }[]; normalizedWeights: string[]; swapFeePercentage: string },
  minimum: bigint,
): void {
  const weights = file.normalizedWeights.map(BigInt);
  const sum = weights.reduce((a, b) => a + b, 0n);
  if (sum !== WAD) {
    throw new UserError(`${op}: normalizedWeights must sum to ${WAD}, got ${sum}; export the checkpoint again`);
  }
  const low = weights.findIndex((w) => w < minimum);
  if (low >= 0) {
    throw new UserError(
      `${op}: normalizedWeights[${low}] must be at least ${minimum}, got ${weights[low]}; export the checkpoint again`,
    );
  }
  const fee = BigInt(file.swapFeePercentage);
  checkSwapFee(op, fee, fromFixedPoint(fee));
  if (fee % FEE_UNIT !== 0n) {
    throw new UserError(`${op}: swapFeePercentage must be a multiple of 1e11, got ${fee}; export the checkpoint again`);
  }
  const addresses = file.tokens.map(({ token }) => token.toLowerCase());
  const unsorted = addresses.findIndex((a, i) => i > 0 && addresses[i - 1] >= a);
  if (unsorted > 0 && !addresses.some(isPlaceholder)) {
    throw new UserError(
      `${op}: tokens must be sorted by address, got ${addresses[unsorted]} after ${addresses[unsorted - 1]}; put the addresses in the template and export again`,
    );
  }
}
