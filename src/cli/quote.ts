/** Floor 6. `poolgrad quote`: what a bundle of compute costs on a market of venues. */
import { Command } from 'commander';
import { jsonOption, printOutput } from './shared.js';

interface Flags {
  readonly need: string;
  readonly latency?: string;
  readonly region?: string;
  readonly tier?: string;
  readonly json: boolean;
}

export function quoteCommand(): Command {
  return new Command('quote')
    .description('what a bundle of compute costs on a market of venues, and where to buy it')
    .argument('<market>', 'a YAML file of venues and fees')
    .requiredOption('--need <list>', 'units by resource, such as gpu=100,vram=512')
    .option('--latency <time>', 'the most that the mean latency of each resource may be, such as 50ms')
    .option('--region <list>', 'only venues of these regions')
    .option('--tier <list>', 'only venues of these tiers, of privacy for example')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad quote configs/market.yaml --need gpu=100,vram=512
  $ poolgrad quote configs/market.yaml --need gpu=100,vram=512 --latency 50ms --region us-west
  $ poolgrad quote configs/market.yaml --need gpu=20 --tier confidential --json | jq .total`,
    )
    .action(async (market: string, flags: Flags) => {
      const { runQuote } = await import('../app/quote.js');
      printOutput(await runQuote({ ...flags, market }), flags.json);
    });
}
