/** Floor 6. `poolgrad hjb`: makers whose optimal quotes are computed rather than trained. */
import { Command } from 'commander';
import { jsonOption, printOutput, setOption } from './shared.js';

interface Flags {
  readonly out?: string;
  readonly set: string[];
  readonly json: boolean;
}

export function hjbCommand(): Command {
  return new Command('hjb')
    .description('the optimal quotes of a maker, from its Hamilton–Jacobi–Bellman equation')
    .addCommand(solveCommand());
}

function solveCommand(): Command {
  return new Command('solve')
    .description('quotes by inventory and time, the value a second, what each part of the spread is for; writes a page')
    .argument('<config>', 'YAML with the market of a maker: a config of a training, or several assets')
    .option('-o, --out <file>', 'the page (default: beside the config, .quotes.html)')
    .addOption(setOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples of configs (docs/makers.md):
  system: {kind: maker, qMin: -8, qMax: 8, lambdaBid: 1.5, lambdaAsk: 1.5, kappaBid: 2, kappaAsk: 2, phi: 0.02}
  {system: {kind: maker, …}, solve: {horizon: 30, times: [30, 5, 1, 0]}}
  {system: {kind: maker, …, takerCost: 0.3}, solve: {taker: unlimited, mid: 100}}
  {system: {kind: maker, …}, solve: {gamma: 0.1, sigma: 2}}
  {assets: {BTC: {…, sigma: 0.3}, ETH: {…, sigma: 0.2}}, risk: {gamma: 0.1, correlation: [[1, 0.8], [0.8, 1]]}}

Examples:
  $ poolgrad hjb solve maker.yaml
  $ poolgrad hjb solve maker.yaml --set system.phi=0.05 --out careful.html
  $ poolgrad hjb solve maker.yaml --json | jq .value`,
    )
    .action(async (config: string, flags: Flags) => {
      const { runHjbSolve } = await import('../app/hjb.js');
      printOutput(await runHjbSolve({ ...flags, config }), flags.json);
    });
}
