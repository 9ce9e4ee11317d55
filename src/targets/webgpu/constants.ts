/**
 * Floor 1, webgpu target. The size of a word, and flags of the WebGPU specification: a browser has them as globals, the
 * package for Node.js hands them out; the numbers are the specification's.
 */
export const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 } as const;
export const STAGE_COMPUTE = 0x4;
export const MAP_READ = 0x1;

/** Bytes of a word: of a float32, of an integer. */
export const SIZE = 4;
