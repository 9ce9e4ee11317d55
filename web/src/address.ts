/** Floor 7. The address bar: the state is read from its fragment at the start, written to it as it changes, and read anew where somebody puts in another. */
import { signal } from '@preact/signals';
import { fragmentOf, stateOf } from './link.js';
import { onState, stateNow, takeState } from './state.js';

/** Why the link that the page was opened by says nothing; null where all is well. */
export const linkFault = signal<string | null>(null);

/** How long the state is to rest before it is written: browsers bound how often an address may change. */
const REST = 400;

let written = '';

/** Takes the state of the address; that of the page stays where it has none. */
export async function restored(): Promise<void> {
  try {
    const state = await stateOf(location.hash);
    if (state !== null) takeState(state);
    linkFault.value = null;
  } catch (error) {
    linkFault.value = (error as Error).message;
  }
}

/** The address of the page as it is. */
export async function linkOfNow(): Promise<string> {
  return `${location.href.split('#')[0]}#${await fragmentOf(stateNow())}`;
}

/** Keeps address and state alike, from now on. */
export function followLinks(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  onState(() => {
    // what a page starts with needs no fragment
    if (isFirst) {
      isFirst = false;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(write, REST);
  });
  addEventListener('hashchange', () => {
    if (location.hash.slice(1) !== written) void restored();
  });
}

async function write(): Promise<void> {
  written = await fragmentOf(stateNow());
  history.replaceState(null, '', `#${written}`);
}
