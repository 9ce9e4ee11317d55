/** Floor 6. `poolgrad regimes`: hidden regimes of recorded prices. */
import { Command, Option } from 'commander';
import type { RegimesJob } from '../app/regimes.js';
import { jsonOption, printOutput, wholeNumber } from './shared.js';

type Flags = Omit<RegimesJob, 'data' | 'assets'> & { readonly assets?: string };

export function regimesCommand(): Command {
  return new Command('regimes')
    .description('hidden regimes of recorded prices: fitted, filtered, smoothed and decoded; draws them over the price')
    .argument('<data>', 'a dataset')
    .option('--regimes <n>', 'how many (default: 2)', (text) => wholeNumber('--regimes', text, 2))
    .option(
      '--model <name>',
      'what each regime has of its own: gbm (drift, volatility, correlations), volatility, ou, jump-diffusion, hamiltonian, price-dynamics; or the YAML of a generator with regimes, taken as it is',
      'gbm',
    )
    .addOption(
      new Option('--by <way>', 'how they are fitted (default: em for gbm, else gradient)').choices(['em', 'gradient']),
    )
    .option('--assets <names>', 'comma-separated (default: all of the dataset)')
    .option('--every <duration>', 'rows on a coarser grid, e.g. 1d')
    .option('--from <date>', 'rows from then on')
    .option('--to <date>', 'rows before then')
    .option('--iterations <n>', 'most steps of the fit', (text) => wholeNumber('--iterations', text, 1), 2000)
    .option('-o, --out <file>', 'chances and regimes by row: .csv, or Arrow (default: <data>.regimes.csv)')
    .option('--report <file>', 'the page (default: <data>.regimes.html)')
    .option('--save <file>', 'the fitted generator as YAML, for `data synth --model`')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad regimes prices.arrow --assets BTC --every 1d
  $ poolgrad regimes prices.arrow --regimes 3 --model volatility --save regimes.yaml
  $ poolgrad regimes latest.arrow --model regimes.yaml --json | jq .latest`,
    )
    .action(async (data: string, flags: Flags) => {
      const { runRegimes } = await import('../app/regimes.js');
      const assets = flags.assets?.split(',').map((name) => name.trim());
      printOutput(await runRegimes({ ...flags, assets, data }), flags.json);
    });
}
