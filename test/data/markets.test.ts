/** Assets and currencies from the names of files, one by one and together. */
import { describe, expect, it } from 'vitest';
import { commonNumeraire, marketsOf } from '../../src/data/markets.js';
import { UserError } from '../../src/errors.js';

/** Files as on the command line: `path` or `NAME=path`. */
const markets = (names: readonly string[], numeraire?: string) =>
  marketsOf(
    names.map((name) => {
      const [path, asset = null] = name.split('=').reverse();
      return { asset, path };
    }),
    numeraire,
  ).map(({ asset, quote }) => `${asset} ${quote}`);

describe('a name by itself', () => {
  it.each([
    ['dir/bitfinex-1m-BTCUSD-2018.csv.gz', 'BTC USD'],
    ['ETH_BTC-5m.feather', 'ETH BTC'],
    ['BTCUSDT-1m-2024-01.zip', 'BTC USDT'],
    ['ETHUSDC-1m.csv', 'ETH USDC'],
    ['BTC-USD.csv', 'BTC USD'],
    ['BTC-USDT-candlesticks-2024-01.csv', 'BTC USDT'],
    ['cryptodatadownload-Bitstamp_ETHUSD.csv', 'ETH USD'],
    ['SOL.parquet', 'SOL null'],
    ['USDTUSD_1.csv', 'USDT USD'],
    ['USDCUSDT-1m.csv', 'USDC USDT'],
    ['TUSDUSDT-1m.csv', 'TUSD USDT'],
    ['BTCTUSD-1m.csv', 'BTC TUSD'],
    ['BNBBUSD-1m.csv', 'BNB BUSD'],
    ['ETHFDUSD-1m.csv', 'ETH FDUSD'],
    ['1INCHUSD_1.csv', '1INCH USD'],
    ['1000SHIBUSDT-1m.csv', '1000SHIB USDT'],
    ['TUSDT-1m.csv', 'T USDT'],
    ['TUSD.csv', 'TUSD null'],
    ['STETH.csv', 'STETH null'],
    ['STETHETH.csv', 'STETH ETH'],
    ['BTCTRY-1m.csv', 'BTC TRY'],
    ['USDTBRL-1m.csv', 'USDT BRL'],
    ['SOL_KRW.csv', 'SOL KRW'],
  ])('%s', (path, market) => expect(markets([path])).toEqual([market]));

  // assets of many exchanges, those that end in T or B among them, and two that nobody knows
  const assets =
    'BTC XBT ETH SOL XRP ADA DOGE DOT BAT GRT APT SHIB ARB TRB BNB FTT NEAR LTC LINK UNI AVAX ATOM MINT KNOT AKT RARB OMT CVT TAB FLT SPELLB QQT ZZB';
  it.each(assets.split(' '))('%s in USD', (asset) => {
    for (const path of [`${asset}USD-1m.csv`, `${asset}USD_1.csv`]) expect(markets([path])).toEqual([`${asset} USD`]);
  });

  it('needs a word in capitals', () => {
    const refused = () => markets(['prices.csv']);
    expect(refused).toThrow(UserError);
    expect(refused).toThrow('prices.csv: the file name does not tell the asset; write it before: BTC=prices.csv');
  });
});

describe('names together', () => {
  it.each([
    [
      ['DOTUSD_1.csv', 'XBTUSD_1.csv'],
      ['DOT USD', 'XBT USD'],
    ],
    [
      ['BTCUSD-1m.csv', 'BNBUSD-1m.csv'],
      ['BTC USD', 'BNB USD'],
    ],
    [
      ['BTCUSDT-1m.csv', 'ETHUSDT-1m.csv'],
      ['BTC USDT', 'ETH USDT'],
    ],
    [
      ['BTCTUSD-1m.csv', 'ETHTUSD-1m.csv'],
      ['BTC TUSD', 'ETH TUSD'],
    ],
    // one that is known decides for one that is not, in whatever order
    [
      ['QQQBUSD.csv', 'ADABUSD.csv'],
      ['QQQ BUSD', 'ADA BUSD'],
    ],
    [
      ['QQQBUSD.csv', 'ADAUSD.csv'],
      ['QQQB USD', 'ADA USD'],
    ],
    [
      ['QQQTUSD.csv', 'SOL.parquet'],
      ['QQQT USD', 'SOL null'],
    ],
  ])('%j', (names, expected) => expect(markets(names)).toEqual(expected));

  it('are read in the stated numéraire where they can be', () => {
    expect(markets(['QQQTUSD.csv', 'ZZZTUSD.csv'], 'TUSD')).toEqual(['QQQ TUSD', 'ZZZ TUSD']);
    expect(markets(['BTCUSDT.csv'], 'USD')).toEqual(['BTC USDT']);
  });

  it('a stated asset wins over any guess', () => {
    expect(markets(['QQQ=QQQTUSD.csv', 'ZZZ=ZZZTUSD.csv'])).toEqual(['QQQ TUSD', 'ZZZ TUSD']);
    expect(markets(['bnb=BNBUSD.csv', 'wBTC.e=x.csv', 'A=DOTUSD.csv'])).toEqual(['bnb USD', 'wBTC.e null', 'A USD']);
    expect(markets(['DO=DOTUSD.csv'])).toEqual(['DO TUSD']);
  });

  it('in different currencies are refused', () => {
    const mixed = marketsOf(['BTCTUSD.csv', 'DOTUSD.csv'].map((path) => ({ asset: null, path })));
    expect(() => commonNumeraire(mixed)).toThrow(
      'priced in different currencies: BTC in TUSD, DOT in USD; fetch them in one',
    );
  });
});
