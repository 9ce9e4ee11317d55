/** Floor 6. `poolgrad verify`: this build against figures that other programs computed. */
import { Command } from 'commander';
import { deviceOption, jsonOption, printOutput } from './shared.js';

interface Flags {
  readonly prices?: string;
  readonly device?: string;
  readonly json: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('compare roll-outs, gradients and trades with reference cases; exits 1 beyond tolerance')
    .argument('<cases...>', 'JSON files of cases')
    .option('--prices <file>', 'the prices that the cases speak of (Arrow)')
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad verify arbitrage.json hmm.json
  $ poolgrad verify tfmm_zero_fee.json --prices prices.arrow --device reference`,
    )
    .action(async (cases: string[], flags: Flags) => {
      const { runVerify } = await import('../app/verify.js');
      printOutput(await runVerify({ ...flags, cases }), flags.json);
    });
}
