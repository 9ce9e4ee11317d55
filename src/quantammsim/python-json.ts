/**
 * Floor 5. JSON as Python's json module writes it by default with sorted keys: `, ` and `: ` between the parts, numbers as
 * repr prints them, other than ASCII escaped. The name of a result file is the hash of such a text.
 */

/** Code units above ASCII, escaped one by one. */
const ascii = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * The shortest digits that give the number back, as Python prints them: exponents from 1e-5 down (JavaScript: 1e-7), of two
 * digits at least; the sign of −0. Whole numbers are written without a point and read there as integers.
 */
function number(x: number): string {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(x, -0)) return '-0.0';
  const text = x !== 0 && Math.abs(x) < 1e-4 ? x.toExponential() : String(x);
  return text.replace(/e-(\d)$/, 'e-0$1');
}

/** A number of an array, which numpy would make an array of integers if all were whole. */
function element(x: unknown): string {
  const text = pythonJson(x);
  return typeof x === 'number' && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/**
 * The text of a value of plain objects, arrays, strings, numbers, truth values and null. Numbers in arrays are floats to its
 * reader, others are integers where they are whole.
 */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(element).join(', ')}]`;
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return ascii(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${ascii(key)}: ${pythonJson((value as Record<string, unknown>)[key])}`).join(', ')}}`;
}

/** A string, kept; or one of the words that Python writes for numbers that JSON has no word for. */
const WORDS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** Reads such a text; what is not a finite number becomes null. Throws a SyntaxError for text that is no JSON. */
export const parsePythonJson = (text: string): unknown =>
  JSON.parse(text.replace(WORDS, (word) => (word.startsWith('"') ? word : 'null')));
