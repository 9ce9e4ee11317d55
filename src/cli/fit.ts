/** Floor 6. `poolgrad fit`: a price generator fitted to recorded prices. */
import { Command } from 'commander';
import { jsonOption, printOutput, setOption } from './shared.js';

interface Flags {
  readonly out?: string;
  readonly report?: string;
  readonly data?: string;
  readonly set: string[];
  readonly json: boolean;
}

export function fitCommand(): Command {
  return new Command('fit')
    .description('fit a price generator to recorded prices; writes it as YAML, and a page that compares the two')
    .argument('<config>', 'YAML: data, the model with what is known of it, and how to go about it (docs/fitting.md)')
    .option('-o, --out <file>', 'the fitted generator (default: beside the config, .fitted.yaml)')
    .option('--report <file>', 'the page (default: beside the config, .fitted.html)')
    .option('--data <dataset>', 'prices in place of those of the config')
    .addOption(setOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples of configs:
  {data: prices.arrow, model: gbm}
  {data: {file: prices.arrow, assets: [BTC], every: 1d}, model: {kind: gbm, regimes: 2, varying: [mu, sigma]}}
  {data: prices.arrow, model: {kind: ou, kappa: {train: false, value: 2}}}

Examples:
  $ poolgrad fit fit.yaml
  $ poolgrad fit fit.yaml --set model.kind=jump-diffusion --out jumps.yaml --report jumps.html
  $ poolgrad fit fit.yaml --json | jq .estimates
  $ poolgrad data synth --model fit.fitted.yaml --assets BTC --days 365 --out drawn.arrow`,
    )
    .action(async (config: string, flags: Flags) => {
      const { runFit } = await import('../app/fit.js');
      printOutput(await runFit({ ...flags, config }), flags.json);
    });
}
