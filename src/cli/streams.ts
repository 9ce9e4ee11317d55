/** Floor 6. What is printed, and streams that are closed or full. */
import { isStdoutTaken, writeToFileStream } from '../files/write.js';
import { inline, printToStderr, visible } from '../terminal.js';

/** Codes of a reader or a terminal that has gone: of `| head`, of a window that was closed. */
const GONE = ['EPIPE', 'EIO', 'ECONNRESET'];

/** Prints a text for the caller: to stdout, or to stderr where an output of the command went to stdout. */
export function print(text: string): void {
  const stream = isStdoutTaken() ? process.stderr : process.stdout;
  try {
    const shown = `${visible(withArguments(text))}\n`;
    if (!writeToFileStream(stream.fd, shown)) stream.write(shown);
  } catch (error) {
    failed(error as NodeJS.ErrnoException);
  }
}

/** Arguments come into texts, paths above all: their line breaks are none of the text's. */
function withArguments(text: string): string {
  const broken = process.argv.flatMap((word) => word.split(/[/\\=]/)).filter((part) => part.includes('\n'));
  return broken.reduce((all, part) => all.replaceAll(part, inline(part)), text);
}

/** From here on a stream that breaks ends nothing: what is saved to files goes on. */
export function guardStreams(): void {
  process.stdout.on('error', failed);
  process.stderr.on('error', () => {});
}

function failed({ code, message }: NodeJS.ErrnoException): void {
  if (GONE.includes(code ?? '')) return;
  const reason = code === 'ENOSPC' ? 'no space left on the device' : message.split('\n')[0];
  printToStderr(`error: the standard output cannot be written: ${reason}; send it to another place`);
  process.exitCode = 1;
}
