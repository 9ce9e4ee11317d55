/** Floor 4. Names that people type or that files carry: the nearest known one, what a name may be, and assets guessed from file names. */
import { basename } from 'node:path';
import { closest } from 'fastest-levenshtein';

/** The known name nearest to `name` (edit distance, ignoring case). `known` must not be empty. */
export function nearestName(name: string, known: readonly string[]): string {
  const lower = known.map((k) => k.toLowerCase());
  return known[lower.indexOf(closest(name.toLowerCase(), lower))];
}

/** In words, what `isName` takes. */
export const NAME_RULE = 'a name of at most 64 letters, digits and signs of currencies, inside it also . _ + - / : @';

const NAME = /^[\p{L}\p{N}\p{Sc}][\p{L}\p{N}\p{M}\p{Sc}._+\-/:@]{0,63}$/u;

/**
 * Whether an asset or a series may be called so, wherever the name comes from: a flag, a config, a column of a dataset.
 * Such a name can be written in a config, in a list with commas and before `=`, and prints as what it is.
 */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** What a file name says about the market in it. `quote` is null where the name does not tell. */
export interface GuessedMarket {
  readonly base: string;
  readonly quote: string | null;
}

// Longest first, so that BTCUSDT splits into BTC and USDT, not BTCUSD and T.
const QUOTES = ['FDUSD', 'USDT', 'USDC', 'BUSD', 'TUSD', 'USD', 'EUR', 'GBP', 'JPY', 'DAI', 'BTC', 'ETH'];

/**
 * Guesses base and quote from names such as `bitfinex-1m-BTCUSD-2018.csv.gz`, `ETH_BTC-5m.feather` or
 * `BTCUSDT-1m-2024-01.csv`. Only tokens written in capitals count; null where none does.
 */
export function guessMarket(path: string): GuessedMarket | null {
  const tokens = basename(path)
    .replace(/(\.(csv|gz|feather|arrow|parquet|txt))+$/i, '')
    .split(/[-_. ]+/);
  const first = tokens.findIndex((token) => /^[A-Z][A-Z0-9]*$/.test(token));
  if (first < 0) return null;
  const token = tokens[first];
  if (QUOTES.includes(tokens[first + 1])) return { base: token, quote: tokens[first + 1] };
  const quote = QUOTES.find((q) => token.endsWith(q) && token.length >= q.length + 2);
  return quote === undefined ? { base: token, quote: null } : { base: token.slice(0, -quote.length), quote };
}
