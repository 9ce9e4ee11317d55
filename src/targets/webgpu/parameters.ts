/**
 * Floor 1, webgpu target. What a dispatch is told: a uniform buffer of 32-bit words, and which buffers it sees.
 *
 * Buffers of one kind lie in one arena, so a shader needs six storage buffers however many the program has: WebGPU promises
 * eight. A value's place is counted in words of 4 bytes. A lane is w·sets + s; set buffers are [rows][columns][S], lane and
 * output buffers and tapes [rows][columns][W][S], what phases keep [words][W][S], series [rows][columns]: what neighbouring
 * invocations read lies side by side.
 */
import type { Buffer as DataBuffer, Live } from '../../graph/index.js';
import type { Format } from '../precision.js';

export type InputRef = Live['inputs'][number];

/** By binding, in WGSL; the uniform buffer comes before them. */
export const ARENAS = ['series', 'given', 'outputs', 'kept', 'tapes', 'unfinished'] as const;
export type Arena = (typeof ARENAS)[number];

/** Whether shaders only read there. */
export const isReadOnly = (arena: Arena): boolean => arena === 'series' || arena === 'given';

export const arenaOf = ({ kind }: DataBuffer): Arena => {
  if (kind === 'series') return 'series';
  if (kind === 'tape') return 'tapes';
  return kind === 'output' ? 'outputs' : 'given';
};

/** Words of a dispatch that are there for every program. */
export const FIXED = [
  'sets',
  'windows',
  'lanes',
  /** The first lane of the dispatch, and the first beyond its last. */
  'begin',
  'end',
  /** Of a loop in parts: the step at which the dispatch begins, and how many it may take. */
  'first',
  'steps',
  /** 0, which no compiler knows. */
  'zero',
  'nan',
  'infinity',
] as const;
export type Fixed = (typeof FIXED)[number];

export type Word =
  | { readonly kind: 'fixed'; readonly what: Fixed }
  /** The place of a buffer's first value in its arena. */
  | { readonly kind: 'buffer'; readonly buffer: DataBuffer }
  /** The place of a window integer's values, among what is given. */
  | { readonly kind: 'window'; readonly input: InputRef }
  | { readonly kind: 'run'; readonly input: InputRef };

/** A series, and what its values are in the arena: a word, or the two of a wide number. */
export interface SeriesRead {
  readonly buffer: DataBuffer;
  readonly format: Format;
}

export function wordsOf(live: Live): Word[] {
  return [
    ...FIXED.map((what): Word => ({ kind: 'fixed', what })),
    ...live.buffers.map((buffer): Word => ({ kind: 'buffer', buffer })),
    ...live.inputs.map((input): Word => ({ kind: input.per, input })),
  ];
}

/** The name of a word in WGSL. */
export function nameOf(word: Word, live: Live): string {
  if (word.kind === 'fixed') return word.what;
  if (word.kind === 'buffer') return bufferName(word.buffer, live);
  return inputName(word.input, live);
}

export const bufferName = (b: DataBuffer, live: Live): string => `at${live.buffers.indexOf(b)}`;

export const inputName = (input: InputRef, live: Live): string => `input${live.inputs.indexOf(input)}`;

const isInteger = ({ kind }: Word): boolean => kind === 'run';

/** The declarations that each module begins with. */
export function declarations(words: readonly Word[], live: Live): string {
  const fields = words.map((w) => `  ${nameOf(w, live)}: ${isInteger(w) ? 'i32' : 'u32'},\n`).join('');
  const bindings = ARENAS.map((name, i) => {
    const access = isReadOnly(name) ? 'read' : 'read_write';
    const type = name === 'unfinished' ? 'array<atomic<u32>>' : 'array<u32>';
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: ${type};\n`;
  }).join('');
  return `struct Run {\n${fields}}\n@group(0) @binding(0) var<uniform> run: Run;\n${bindings}`;
}
