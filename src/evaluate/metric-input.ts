/** Floor 5. What metrics read of an evaluated roll-out. */

/** One evaluated roll-out. Prices and values are in one numéraire; all arrays cover the same rows. */
export interface MetricInput {
  /** Pool value at each row, v_0 … v_T. */
  values: Float64Array;
  /** Reserves at the first row, length `assets`. */
  startReserves: Float64Array;
  /** Prices, rows × assets, row-major. */
  prices: Float64Array;
  /** Number of assets. */
  assets: number;
  /** Fees earned over all rows, in the numéraire; without it `fee_revenue_over_value` is null. */
  fees?: number;
  /** Reserves, rows × assets; needed by `hedged_returns`. */
  reserves?: Float64Array;
  /** Lost to arbitrageurs over all rows, in the numéraire, and the cost outside of the same trades; needed by `lvr`, `rvr`. */
  losses?: number;
  rebalancing?: number;
  /**
   * Of pools that hold the numéraire: at what price they trade each asset, and how much (see Quote), rows × n. The prices of
   * these n assets come first in `prices`.
   */
  quotes?: { readonly prices: Float64Array; readonly depths: Float64Array };
  /** Weights (for pools without: implied weights, each asset's share of the value), rows × assets; needed by `turnover`. */
  weights?: Float64Array;
  /** Minutes between rows: a part of a day, or whole days. Default 1. */
  minutesPerRow?: number;
}
