/** Floor 4. What the names of files say of the markets in them: the asset, and the currency that it is priced in. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';

/** An asset and what its prices are in; `quote` is null where the file's name does not tell. */
export interface Market {
  readonly asset: string;
  readonly quote: string | null;
}

/**
 * Currencies that markets are priced in. Where a name ends in several (DOTUSD in USD and in TUSD) and nothing else decides,
 * the first of them counts: assets that end in T or B are many, markets priced in TUSD and BUSD are few.
 */
const QUOTES =
  `FDUSD USDT USDC USD TUSD BUSD EUR GBP JPY AUD CAD CHF DAI BTC XBT ETH TRY BRL KRW INR MXN ARS COP PLN CZK RON
  UAH RUB ZAR NGN IDR THB SGD HKD NZD SEK NOK DKK`.split(/\s+/);

/** Known assets: they tell BTCTUSD (BTC in TUSD) from BTCT in USD, and that STETH is not ST in ETH. */
const ASSETS = new Set(
  `FDUSD USDT USDC TUSD BUSD EUR GBP DAI BTC XBT ETH AAVE ADA ALGO APT ARB ATOM AVAX AXS BAT BCH BNB CAKE CBBTC CBETH CHZ
  COMP CRO CRV DASH DOGE DOT EGLD ENA ENJ EOS ETC FET FIL FLOW FTM FTT GALA GRT HBAR ICP IMX INJ KAVA KSM LDO LINK LTC MANA
  MATIC MKR NEAR NEO ONDO OP PEPE POL PYUSD QNT RENDER RNDR RUNE SAND SEI SHIB SNX SOL STETH STX SUI SUSHI TAO THETA TIA TON
  TRB TRX UNI VET WBETH WBTC WIF WSTETH XLM XMR XRP XTZ YFI ZEC ZIL`.split(/\s+/),
);

interface NamedFile {
  /** null: to be guessed. */
  readonly asset: string | null;
  readonly path: string;
}

/**
 * The market of each file, from names such as `bitfinex-1m-BTCUSD-2018.csv.gz`, `ETH_BTC-5m.feather` or
 * `BTCUSDT-1m-2024-01.zip`; only words in capitals count. A stated asset is taken as it is. Names that can be split in
 * several ways are read in `numeraire`, else in one currency for all files if there is one.
 * Throws UserError where a name does not tell the asset.
 */
export function marketsOf(files: readonly NamedFile[], numeraire?: string): Market[] {
  const choices = files.map(splits);
  const telling = choices.filter((list) => list[0].quote !== null);
  const has = (list: readonly Market[], quote: string) => list.some((market) => market.quote === quote);
  const stated = numeraire === undefined ? [] : [numeraire];
  const shared = [...stated, ...QUOTES.filter((quote) => telling.every((list) => has(list, quote)))];
  return choices.map((list) => {
    const quote = shared.find((q) => has(list, q));
    return list.find((market) => market.quote === quote) ?? list[0];
  });
}

/** Prices in different currencies on one grid would train nonsense without any error: refuses what the names show. */
export function commonNumeraire(markets: readonly Market[]): string | null {
  const known = markets.filter((market) => market.quote !== null);
  const other = known.find((market) => market.quote !== known[0].quote);
  if (other === undefined) return known[0]?.quote ?? null;
  const [a, b] = [known[0], other].map((market) => `${market.asset} in ${market.quote}`);
  throw new UserError(
    `import: by their names the files are priced in different currencies: ${a}, ${b}; fetch them in one, or state it with --numeraire; NAME=file sets a name that is misread right`,
  );
}

/** What the file may hold by its name, likeliest first; at least one. Only splits that make known assets, if any does. */
function splits({ asset, path }: NamedFile): Market[] {
  const [word, next] = marketWords(path);
  if (asset === null && word === undefined) {
    throw new UserError(`${fileName(path)}: the file name does not tell the asset; write it before: BTC=${path}`, 2);
  }
  const found = word === undefined ? [] : splitWord(word, next);
  if (asset === null) {
    const known = found.filter((market) => ASSETS.has(market.asset));
    return known.length > 0 ? known : found;
  }
  const own = found.filter((market) => market.asset === asset.toUpperCase());
  const quotes = (own.length > 0 ? own : found).map(({ quote }) => ({ asset, quote }));
  return quotes.length > 0 ? quotes : [{ asset, quote: null }];
}

/** The first word of a file's name that may be a market, and the one after it. */
function marketWords(path: string): (string | undefined)[] {
  const words = fileName(path)
    .replace(/(\.(csv|tsv|txt|gz|zip|feather|arrow|parquet))+$/i, '')
    .split(/[-_. ]+/);
  const first = words.findIndex((word) => /^(?:[A-Z]|\d+[A-Z]{3})[A-Z0-9]*$/.test(word));
  return first < 0 ? [] : words.slice(first, first + 2);
}

function splitWord(word: string, next: string | undefined): Market[] {
  if (next !== undefined && QUOTES.includes(next)) return [{ asset: word, quote: next }];
  const whole = { asset: word, quote: null };
  if (ASSETS.has(word)) return [whole];
  // an asset of one letter only before a currency that is no asset's ending: TUSDT is T in USDT, RETH is RETH
  const fits = (quote: string) => word.endsWith(quote) && word.length >= quote.length + (quote.length > 3 ? 1 : 2);
  const found = QUOTES.filter(fits).map((quote) => ({ asset: word.slice(0, -quote.length), quote }));
  return found.length > 0 ? found : [whole];
}
