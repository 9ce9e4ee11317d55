/** Floor 6. `poolgrad data calibrate maker`: the market of a maker from recorded trades and tops of the book. */
import { Command, Option } from 'commander';
import { formatNames } from '../../data/formats.js';
import { recordFormatNames } from '../../data/recording/formats.js';
import { UserError } from '../../errors.js';
import { printOutput, wholeNumber } from '../shared.js';
import { delimiterOption, numberArgument, skipLinesOption } from './flags.js';
import { type RecordingFlags, recordingOptions } from './import-recording.js';

const STATES = ['one', 'imbalance', 'regimes'] as const;

interface Flags extends Omit<RecordingFlags, 'out'> {
  readonly out?: string;
  readonly report?: string;
  readonly states: (typeof STATES)[number];
  readonly imbalance: number;
  readonly regimes: number;
  readonly every?: string;
  readonly gamma?: number;
  readonly maxInventory: number;
  readonly touches: boolean;
}

export function calibrateMakerCommand(): Command {
  return new Command('maker')
    .description(
      "fit a maker's market to recorded trades, tops of the book or candles: how often orders come, how deep they reach, …",
    )
    .argument('<files...>', 'a recording or dataset of data import, or files of an exchange, of one market')
    .option('-o, --out <file>', 'the config to write, for poolgrad train and poolgrad hjb solve')
    .option('--report <file>', 'the page (default: <file>.maker.html)')
    .addOption(
      new Option('--states <kind>', 'states of the market in the config: one, by the imbalance of the book, or regimes')
        .choices(STATES)
        .default('one'),
    )
    .option('--imbalance <n>', 'states of the imbalance', (text) => wholeNumber('--imbalance', text, 2), 3)
    .option('--regimes <n>', 'hidden regimes', (text) => wholeNumber('--regimes', text, 2), 2)
    .option('--every <duration>', 'time between mids that are compared, e.g. 5s (default: as the tops allow)')
    .option('--gamma <x>', 'risk aversion, 1/money: phi = γσ²/2 (data do not tell it)', numberArgument)
    .option('--max-inventory <lots>', 'limit of the inventory', (text) => wholeNumber('--max-inventory', text, 1), 8)
    .option('--touches', 'of candles: take touches of an offset for fills, which are fewer', false)
    .option(
      '-f, --format <name>',
      `of files of an exchange (default: told by what they hold): ${[...recordFormatNames, ...formatNames].join(', ')}`,
    )
    .option('--columns <pairs>', 'columns that are called otherwise, e.g. price=px,size=sz,side=dir')
    .option('--symbol <name>', 'the market of files that have several')
    .option('--crossed <policy>', 'tops whose bid is not below their ask: refuse or drop (default: refuse)')
    .addOption(delimiterOption())
    .addOption(skipLinesOption())
    .option('--numeraire <name>', 'currency of prices (default: what the file names say)')
    .option('--json', 'print the fit as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data calibrate maker btc.arrow --out maker.yaml
  $ poolgrad data calibrate maker BTCUSDT-aggTrades-2024-01-01.zip BTCUSDT-bookTicker-2024-01-01.zip --out maker.yaml
  $ poolgrad data calibrate maker btc.arrow --states imbalance --gamma 1e-3 --out signal.yaml
  $ poolgrad data calibrate maker BTCUSDT-1m-2024-01.zip --format binance-klines --touches --out rough.yaml
  $ poolgrad data calibrate maker btc.arrow --json | jq .estimates.beta

Trades with tops of the book tell all of it; trades alone tell less; tops and candles show no orders: docs/calibrating-a-maker.md.`,
    )
    .action(run);
}

async function run(files: string[], flags: Flags): Promise<void> {
  const { runCalibrateMaker } = await import('../../app/calibrate-maker.js');
  const { parseDuration } = await import('../../data/time.js');
  const { every, json, format, ...rest } = flags;
  if (flags.gamma !== undefined && !(flags.gamma > 0)) {
    throw new UserError(`--gamma: expected a number above 0, got ${flags.gamma}`, 2);
  }
  const { isFormat } = await import('../../data/formats.js');
  const ofCandles = format !== undefined && isFormat(format);
  const output = await runCalibrateMaker({
    ...rest,
    files,
    every: every === undefined ? undefined : parseDuration(every, '--every') / 1000,
    source: {
      ...(await recordingOptions({ ...rest, format: ofCandles ? undefined : format })),
      ...(ofCandles ? { format } : {}),
    },
  });
  printOutput(output, json ?? false);
}
