/** Floor 6. What all commands share: options, output, errors in one line, exit codes. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError, Help, Option } from 'commander';
import type { JobOutput } from '../app/options.js';
import { DEVICE_PATTERN, DEVICES_FOR_FIGURES, deviceMessage, PRECISIONS } from '../config/device-words.js';
import { oneOf, withInput } from '../config/explain.js';
import { nearestName } from '../data/names.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import { printToStderr } from '../terminal.js';
import { isStopped } from './interruptible.js';
import { print } from './streams.js';

const LONGEST_MESSAGE = 1200;

export const jsonOption = () => new Option('--json', 'print one JSON document instead of text').default(false);

export const allowCodeOption = () =>
  new Option('--allow-code', 'run the code that a checkpoint names: it can do all that your account can').default(
    false,
  );

/** @param devices what help and refusals name */
export const deviceOption = (devices: readonly string[] = DEVICES_FOR_FIGURES) =>
  new Option('--device <name>', `${oneOf(devices)} (default: what the config says)`).argParser((text) =>
    parseDevice(text, devices),
  );

export const precisionOption = () =>
  new Option('--precision <name>', 'what training computes in: float64 or float32 (run.precision)').argParser(
    parsePrecision,
  );

export const setOption = (what = 'replace an entry of the config; may be repeated') =>
  new Option('--set <key=value>', what)
    .argParser((value: string, previous: string[]) => [...previous, value])
    .default([], 'none');

/** Of commands whose figures are those of a checkpoint as it is. */
export const setOfCheckpoint = () =>
  setOption('replace an entry of run, such as run.threads=1, or data.file; may be repeated');

export const queueOption = () =>
  new Option(
    '--queue <share>',
    'of a maker on recorded trades: share of the touch ahead of its quotes (default: 1)',
  ).argParser(Number);

export const lotOption = () =>
  new Option('--lot <units>', 'of a maker on recorded trades: units in a lot (default: the median trade)').argParser(
    Number,
  );

export const seedOption = () =>
  new Option('--seed <n>', 'seed of start values and windows (train.seed)').argParser((text) =>
    wholeNumber('--seed', text, 0),
  );

export const entryOption = () =>
  new Option('--entry <n>', 'which entry of a run_….json, from 1 (default: the best by its own figures)').argParser(
    (text) => wholeNumber('--entry', text, 1),
  );

/** The device word, checked. Throws a UserError with exit code 2. */
function parseDevice(text: string, devices: readonly string[]): string {
  if (DEVICE_PATTERN.test(text)) return text;
  throw new UserError(`--device: ${withInput(deviceMessage(text, devices), text)}`, 2);
}

function parsePrecision(text: string): Precision {
  const found = PRECISIONS.find((p) => p === text);
  if (found !== undefined) return found;
  const hint = `did you mean '${nearestName(text, PRECISIONS)}'?`;
  throw new UserError(`--precision: expected ${oneOf(PRECISIONS)}, got '${text}'; ${hint}`, 2);
}

/** A whole number of at least `min`. Throws a UserError with exit code 2. */
export function wholeNumber(flag: string, text: string, min: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new UserError(
    `${flag}: expected a whole number of ${min} or more, got '${text}'; for example ${flag} ${min + 1}`,
    2,
  );
}

const HIGHEST_PORT = 65_535;

/** The number of `--port`. Throws a UserError with exit code 2. */
export function parsePort(text: string): number {
  const port = wholeNumber('--port', text, 0);
  if (port <= HIGHEST_PORT) return port;
  throw new UserError(`--port: at most ${HIGHEST_PORT} was expected, got ${port}`, 2);
}

/** Prints a job's result and takes over its exit code. */
export function printOutput(output: JobOutput, json: boolean): void {
  print(json ? JSON.stringify(output.json, null, 2) : output.text);
  if (output.exitCode !== undefined) process.exitCode = output.exitCode;
}

/** The folder of the package: with configs/, datasets/ and package.json. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The path of a config that comes with the package. */
export const shippedConfig = (name: string): string => join(packageRoot(), 'configs', `${name}.yaml`);

/**
 * Parses the command line and runs the command. Errors come out as one line on stderr, or with --json as
 * `{"error": …}` on stdout; exit code 2 for wrong usage, 1 for other failures.
 */
export async function runMain(program: Command, argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .configureHelp(helpTexts);
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    const failure = explain(error);
    if (failure === null) return;
    const message = elided(failure.message);
    // a job that was told to stop has its own
    if (!isStopped(process.exitCode)) process.exitCode = failure.exitCode;
    if (json) print(JSON.stringify({ error: message }));
    else printToStderr(`error: ${message}`);
  }
}

/** Help marks options that a command needs, and leaves `[options]` out of lists of commands, so that lines wrap. */
const helpTexts: Partial<Help> = {
  optionDescription(option) {
    const text = Help.prototype.optionDescription.call(this, option);
    return option.mandatory ? `${text} (required)` : text;
  },
  subcommandTerm: (command) => Help.prototype.subcommandTerm.call(new Help(), command).replace(' [options]', ''),
};

/** Without the middle of what is too long to read, such as a line of a binary file that a parser quotes. */
const elided = (message: string): string =>
  message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 200)} … ${message.slice(-200)}` : message;

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** One line and an exit code; null where the error is only commander's way to stop after help or version. */
function explain(error: unknown): { readonly message: string; readonly exitCode: number } | null {
  // a mistake in a user's own code has a place in that code
  const fault = error instanceof UserError ? error.cause : error;
  if (process.env.POOLGRAD_DEBUG === '1' && fault instanceof Error && !(fault instanceof CommanderError)) {
    printToStderr(...String(fault.stack).split('\n'));
  }
  if (error instanceof UserError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return null;
    const help = error.code === 'commander.help';
    const message = help ? 'expected a command; poolgrad --help lists them' : error.message.replace(/^error: /, '');
    return { message: message.replaceAll(/\s*\n\s*/g, ' ').trim(), exitCode: 2 };
  }
  const line = String(error instanceof Error ? error.message : error).split('\n')[0];
  if (error instanceof RangeError && line.includes('allocation failed')) {
    return {
      message: `memory: more was expected than this process may have, got '${line}'; take fewer sets, windows or rows`,
      exitCode: 1,
    };
  }
  return { message: `unexpected: ${line}; set POOLGRAD_DEBUG=1 to see where, and report it`, exitCode: 1 };
}
