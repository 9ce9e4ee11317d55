import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runMain } from '../../src/cli/shared.js';
import { print } from '../../src/cli/streams.js';
import { UserError } from '../../src/errors.js';
import { html } from '../../src/evaluate/report/html.js';
import { inline, printToStderr, visible } from '../../src/terminal.js';
import { describeEvent } from '../../src/train/event-text.js';
import { plainRenderer } from '../../src/train/progress.js';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

/** What is written to a stream while `run` runs. */
async function written(stream: 'stdout' | 'stderr', run: () => unknown): Promise<string> {
  let text = '';
  vi.spyOn(process[stream], 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  await run();
  vi.restoreAllMocks();
  return text;
}

const HOSTILE = 'A\u001b]0;title\u0007\n\r\t\u007f\u009b1m\u202e\u2066\u2028\ud800 é–₮日🙂';
const SHOWN = 'A\\x1b]0;title\\x07\\n\\r\\t\\u007f\\u009b1m\\u202e\\u2066\\u2028\\ud800 é–₮日🙂';

describe('controls in text', () => {
  it('are shown as they are written in a program, the rest is left alone', () => {
    expect(inline(HOSTILE)).toBe(SHOWN);
    expect(visible(HOSTILE)).toBe(SHOWN.replace('\\n', '\n'));
    const path = 'C:\\new\\table';
    expect(inline(path)).toBe(path);
  });

  it('do not reach stdout, stderr, progress and reports', async () => {
    expect(await written('stdout', () => print(HOSTILE))).toBe(`${SHOWN.replace('\\n', '\n')}\n`);
    expect(await written('stderr', () => printToStderr(HOSTILE, 'second'))).toBe(`${SHOWN}\nsecond\n`);
    const event = { kind: 'zeroGradient', parameters: [HOSTILE] } as const;
    const told = { metric: 'score', steps: 'steps' };
    const line = await written('stderr', () => plainRenderer(process.stderr, told).onEvent(event));
    expect(line).toBe(`${inline(describeEvent(event, told))}\n`);
    expect(String(html`<p title="${HOSTILE}">${HOSTILE}</p>`)).not.toMatch(/[\p{Cc}\u202e\u2066](?<!\n)/u);
  });

  it('of arguments do not make lines of their own', async () => {
    const argv = process.argv;
    process.argv = ['node', 'poolgrad', 'data', 'import', 'A=in/a\nhash: forged.csv', '--out', 'out\nwrote/x.arrow'];
    const text = 'A: 2 rows read from a\nhash: forged.csv\nwrote out\nwrote/x.arrow';
    const shown = await written('stdout', () => print(text));
    process.argv = argv;
    expect(shown).toBe('A: 2 rows read from a\\nhash: forged.csv\nwrote out\\nwrote/x.arrow\n');
  });

  it('leave an error one line, and JSON what it was', async () => {
    const program = () =>
      new Command('poolgrad').addCommand(
        new Command('work').option('--json').action(() => {
          throw new UserError(`names: expected one, got '${HOSTILE}'`);
        }),
      );
    const error = await written('stderr', () => runMain(program(), ['node', 'poolgrad', 'work']));
    expect(error).toBe(`error: names: expected one, got '${SHOWN}'\n`);
    const json = await written('stdout', () => runMain(program(), ['node', 'poolgrad', 'work', '--json']));
    expect(json).not.toMatch(/[\p{Cc}\u202e\u2066](?<!\n)/u);
    expect(JSON.parse(json).error).toBe(`names: expected one, got '${HOSTILE}'`);
  });
});

/** Streams that may be written to elsewhere: a bar or a file that is handed over. */
const WRITES = /process\.std(out|err)\.write|console\.(log|error|warn|info)/;

it('nothing prints but by way of src/terminal.ts and src/cli/streams.ts, which shows controls too', () => {
  const root = new URL('../../src/', import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'));
  const printing = files.filter((name) => WRITES.test(readFileSync(join(root, name), 'utf8')));
  expect(printing).toEqual(['terminal.ts']);
});
