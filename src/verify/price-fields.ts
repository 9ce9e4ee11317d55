/** Floor 5. What cases of price generators have in common: their fields, and how far a float32 target may be off. */
import { z } from 'zod';

/** float32: a draw, a path, a gradient. */
export const SINGLE = { draw: 1e-4, path: 5e-3, gradient: 5e-2 };

export const number = z.number();
export const numbers = z.array(number);
export const rows = z.array(numbers);
export const step = z.number().int().positive();

/** `normal(31, 0, t, 0)`, or `seed 5, lane 2`: the seed and the lane of a case's draws. */
export const drawsFrom = z
  .string()
  .transform((text) => /(?:normal\(|seed )(\d+),(?: lane)? (\d+)/.exec(text))
  .refine((found) => found !== null, 'expected a seed and a lane, such as "normal(3, 1, t, 0)"')
  .transform((found) => ({ seed: Number(found?.[1]), lane: Number(found?.[2]) }));

export const only = (xs: readonly (readonly number[])[]): number[] => xs.map((x) => x[0]);
