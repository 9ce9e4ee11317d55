/** Floor 6. Jobs that save what they reached when they are told to stop. */
import { closeSync } from 'node:fs';
import { printToStderr } from '../terminal.js';

/** Who tells: Ctrl-C; kill, docker stop, systemd, batch systems; a terminal that closes. With their numbers. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type Signal = keyof typeof SIGNALS;

/** One Ctrl-C comes twice where npm passes it on beside the terminal: within this many ms it is still the first. */
const ONE_PRESS = 500;

const SAVING = 'stopping and saving; Ctrl-C again to stop at once';

/** The exit code of a process that a signal ended, by the custom of shells. */
const codeOf = (signal: Signal): number => 128 + SIGNALS[signal];

/** Whether an exit code is that of a job that was told to stop. */
export const isStopped = (code: unknown): boolean => Object.values(SIGNALS).some((number) => code === 128 + number);

/** A terminal that has gone cannot be set back as it was, over which Node would abort after all is done. */
function leaveTerminal(): void {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd);
    } catch {
      // it was closed before
    }
  }
}

/**
 * Runs `job` with a signal that the first Ctrl-C, SIGTERM or SIGHUP aborts, so that the job can save and return; the exit
 * code is 128 + its number. A second Ctrl-C ends the process at once; the others come twice by themselves, as from
 * `timeout`, and are the same wish.
 *
 * @param says what the first one prints
 */
export async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>, says = SAVING): Promise<T> {
  const controller = new AbortController();
  let first: { readonly signal: Signal; readonly at: number } | null = null;
  const stop = (signal: Signal) => {
    if (first === null) {
      first = { signal, at: performance.now() };
      controller.abort();
      if (signal === 'SIGHUP') process.on('exit', leaveTerminal);
      printToStderr('', says);
    } else if (signal === 'SIGINT' && performance.now() - first.at > ONE_PRESS) process.exit(codeOf(first.signal));
  };
  const handlers = (Object.keys(SIGNALS) as Signal[]).map((name) => [name, () => stop(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  try {
    return await job(controller.signal);
  } finally {
    for (const [name, handler] of handlers) process.off(name, handler);
    const came = first as { readonly signal: Signal } | null;
    if (came !== null) process.exitCode = codeOf(came.signal);
  }
}
