/** Floor 6. `poolgrad serve`: a market of compute over HTTP. */
import { Command } from 'commander';
import { printToStderr } from '../terminal.js';
import { interruptible } from './interruptible.js';
import { jsonOption, parsePort, printOutput } from './shared.js';

interface Flags {
  readonly log?: string;
  readonly host: string;
  readonly port: number;
  readonly json: boolean;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('a market of compute over HTTP: quotes, swaps and liquidity, kept in a log that survives the process')
    .argument('<market>', 'a YAML file of venues and fees')
    .option('--log <file>', 'append-only log, from which it starts again (default: the market with .log)')
    .option('--host <address>', 'where to listen; anything but loopback is open to whoever can reach it', '127.0.0.1')
    .option('--port <n>', '0 for any that is free', parsePort, 8710)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad serve configs/market.yaml --log /var/lib/market.log
  $ curl -s localhost:8710/quoteBuy --json '{"need": {"gpu": 100}, "sla": {"latencyMs": 50}}'
  $ curl -s localhost:8710/swap -H 'Idempotency-Key: order-17' --json '{"deltaTheta": {"gpu": 100}, "minPsi": {"gpu": 40}}'
  $ curl -s localhost:8710/state`,
    )
    .action(async (market: string, flags: Flags) => {
      const { runServe } = await import('../app/serve.js');
      const output = await interruptible((signal) =>
        runServe({ ...flags, market, signal, tell: (note) => printToStderr(note) }),
      );
      // a service that is told to stop, and does, has not failed
      process.exitCode = 0;
      printOutput(output, flags.json);
    });
}
