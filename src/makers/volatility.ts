/** Floor 1. What prices tell of a market beside its orders: volatility, the bounce of trades, a signal, markouts. */

export interface Candles {
  readonly open: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly close: ArrayLike<number>;
}

const mean = (n: number, of: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += of(i);
  return total / n;
};

/** Variance with n − 1. */
const variance = (n: number, of: (i: number) => number): number => {
  const middle = mean(n, of);
  return (mean(n, (i) => (of(i) - middle) ** 2) * n) / (n - 1);
};

/** Volatilities of logarithms of prices, each a √candle. */
export interface Volatilities {
  /** √ of the mean square of the changes of the close; about their mean. */
  readonly closeToCloseZeroMean: number;
  readonly closeToClose: number;
  /** √(mean (h − l)²/(4 ln 2)) (Parkinson 1980) */
  readonly parkinson: number;
  /** ½(h − l)² − (2 ln 2 − 1)(c − o)² (Garman and Klass 1980) */
  readonly garmanKlass: number;
  /** (h − c)(h − o) + (l − c)(l − o), free of drift (Rogers and Satchell 1991) */
  readonly rogersSatchell: number;
  /** Overnight variance + k·open-to-close variance + (1 − k)·Rogers–Satchell, k = .34/(1.34 + N/(N − 2)) (Yang and Zhang 2000) */
  readonly yangZhang: number;
}

/** Of three candles or more. */
export function volatilities({ open, high, low, close }: Candles): Volatilities {
  const n = close.length;
  const [o, h, l, c] = [open, high, low, close].map((xs) => Float64Array.from(xs, Math.log));
  const change = (i: number) => c[i + 1] - c[i];
  const satchell = (i: number) => (h[i] - c[i]) * (h[i] - o[i]) + (l[i] - c[i]) * (l[i] - o[i]);
  const k = 0.34 / (1.34 + n / (n - 2));
  const overnight = variance(n - 1, (i) => o[i + 1] - c[i]);
  const day = variance(n - 1, (i) => c[i + 1] - o[i + 1]);
  return {
    closeToCloseZeroMean: Math.sqrt(mean(n - 1, (i) => change(i) ** 2)),
    closeToClose: Math.sqrt(variance(n - 1, change)),
    parkinson: Math.sqrt(mean(n, (i) => (h[i] - l[i]) ** 2) / (4 * Math.LN2)),
    garmanKlass: Math.sqrt(mean(n, (i) => 0.5 * (h[i] - l[i]) ** 2 - (2 * Math.LN2 - 1) * (c[i] - o[i]) ** 2)),
    rogersSatchell: Math.sqrt(mean(n, satchell)),
    yangZhang: Math.sqrt(overnight + k * day + (1 - k) * mean(n - 1, (i) => satchell(i + 1))),
  };
}

export interface Bounce {
  readonly gamma0: number;
  readonly gamma1: number;
  /** 0 where successive changes do not turn. */
  readonly halfSpread: number;
  /** Of the efficient price, a trade. */
  readonly variancePerTrade: number;
}

/** Roll (1984): changes of trade prices less their mean; half-spread √(−γ₁), variance max(γ₀ + 2γ₁, 0). */
export function bounceOf(prices: ArrayLike<number>): Bounce {
  const n = prices.length - 1;
  const drift = (prices[n] - prices[0]) / n;
  const change = (i: number) => prices[i + 1] - prices[i] - drift;
  const gamma0 = mean(n, (i) => change(i) ** 2);
  const gamma1 = mean(n - 1, (i) => change(i) * change(i + 1));
  return {
    gamma0,
    gamma1,
    halfSpread: Math.sqrt(Math.max(-gamma1, 0)),
    variancePerTrade: Math.max(gamma0 + 2 * gamma1, 0),
  };
}

export interface Reversion {
  /** From a value to the next. */
  readonly a: number;
  /** ζ of dμ = −ζμ dt + η dW; NaN where values do not revert. */
  readonly zeta: number;
  readonly eta: number;
}

/** A signal around 0 on a grid: a = Σxᵢxᵢ₊₁/Σxᵢ², ζ = −ln a/dt, η² = s²·2ζ/(1 − a²), s² the mean square of what is left. */
export function reversionOf(values: ArrayLike<number>, dt: number): Reversion {
  const n = values.length - 1;
  const a = mean(n, (i) => values[i] * values[i + 1]) / mean(n, (i) => values[i] ** 2);
  const zeta = -Math.log(a) / dt;
  const left = mean(n, (i) => (values[i + 1] - a * values[i]) ** 2);
  return { a, zeta, eta: Math.sqrt((left * 2 * zeta) / (1 - a * a)) };
}

export interface Fills {
  /** 1 a buy of the maker's, −1 a sale. */
  readonly side: ArrayLike<number>;
  readonly price: ArrayLike<number>;
  readonly midAtFill: ArrayLike<number>;
  readonly midAfter: ArrayLike<number>;
}

/** Means over fills: captured side·(S − price), adverse −side·(S′ − S), realised what is left. */
export function markoutOf({ side, price, midAtFill, midAfter }: Fills) {
  const n = side.length;
  const spreadCaptured = mean(n, (i) => side[i] * (midAtFill[i] - price[i]));
  const adverseSelection = mean(n, (i) => -side[i] * (midAfter[i] - midAtFill[i]));
  return { spreadCaptured, adverseSelection, realisedSpread: spreadCaptured - adverseSelection };
}
