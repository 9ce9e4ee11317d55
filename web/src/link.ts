/**
 * Floor 7. A link that restores the page: its state as JSON, deflated, in the fragment, which no browser sends anywhere.
 *
 *     #1z.<base64url of deflate-raw>      #1j.<base64url of UTF-8>      1: the version of the state
 */
import { type DataRef, DEFAULT_STATE, type PageState, type Part, type View } from './state.js';

const DEFLATED = '1z.';
const PLAIN = '1j.';
/** Longer than any state; what is longer inflates into something else. */
const MOST_CHARACTERS = 200_000;

/** The fragment of a state, without #. */
export async function fragmentOf(state: PageState): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  if (typeof CompressionStream === 'undefined') return PLAIN + toBase64(bytes);
  return DEFLATED + toBase64(await through(bytes, new CompressionStream('deflate-raw')));
}

/** The state in a fragment; null where there is none. Throws an Error in one sentence where it is none of ours. */
export async function stateOf(fragment: string): Promise<PageState | null> {
  const text = fragment.replace(/^#/, '');
  if (text === '') return null;
  try {
    return checked(JSON.parse(await textOf(text)));
  } catch (error) {
    const why = error instanceof LinkError ? error.message : 'it was cut off or changed on its way';
    throw new Error(`This link does not hold a state of this page: ${why}. The page starts with its own.`);
  }
}

class LinkError extends Error {}

async function textOf(text: string): Promise<string> {
  if (text.length > MOST_CHARACTERS) throw new LinkError('it is too long');
  const form = [DEFLATED, PLAIN].find((head) => text.startsWith(head));
  if (form === undefined) throw new LinkError('it begins otherwise');
  const bytes = fromBase64(text.slice(form.length));
  const plain = form === PLAIN ? bytes : await through(bytes, new DecompressionStream('deflate-raw'));
  return new TextDecoder('utf-8', { fatal: true }).decode(plain);
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: GenericTransformStream): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > 10 * MOST_CHARACTERS) throw new LinkError('it is too long');
    parts.push(next.value);
  }
  const whole = new Uint8Array(length);
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}

/** Letters that need no escape in an address. */
function toBase64(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

type Fields = Readonly<Record<string, unknown>>;
const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
const isMap = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x);

const PARTS: readonly Part[] = ['all', 'train', 'validation', 'test'];

/** The state, its shape looked at; what the config says is looked at by whoever resolves it. */
function checked(state: unknown): PageState {
  if (!isMap(state) || !isMap(state.config)) throw new LinkError('it has no config');
  return { config: state.config, data: checkedData(state.data), view: checkedView(state.view) };
}

function checkedView(view: unknown): View {
  const { panel, part, asset } = isMap(view) ? view : ({} as Fields);
  return {
    panel: typeof panel === 'string' ? panel : DEFAULT_STATE.view.panel,
    part: PARTS.find((known) => known === part) ?? DEFAULT_STATE.view.part,
    asset: isNumber(asset) ? Math.max(0, Math.trunc(asset)) : DEFAULT_STATE.view.asset,
  };
}

const isWords = (x: unknown): x is string[] => Array.isArray(x) && x.every((word) => typeof word === 'string');

function checkedData(data: unknown): DataRef {
  if (!isMap(data)) throw new LinkError('it names no prices');
  const { from, model, assets, days, interval, seed, name, hash } = data;
  if (from === 'shipped') return { from };
  if (from === 'file' && typeof name === 'string' && typeof hash === 'string') return { from, name, hash };
  if (from === 'drawn' && isMap(model) && isWords(assets) && isNumber(days) && isNumber(interval) && isNumber(seed)) {
    return { from, model, assets, days, interval, seed };
  }
  throw new LinkError('it names prices in a way unknown here');
}
