/** JSON as Python writes and reads it, and the two encodings and the name of a result file. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePythonJson, pythonJson } from '../../src/quantammsim/python-json.js';
import { decodeRunFile, encodeRunFile, runFileName } from '../../src/quantammsim/run-file.js';

// text and hash were printed by json.dumps(value, sort_keys=True) of Python 3
const value = {
  b: [1, -0, 1e-5, 0.00012, 1.5e-10, 1e22, 1 / 3],
  a: { 'ü€': 'x"\n\u007f', n: null, t: true },
  c: 1440,
  d: 0.0003,
  e: [],
  f: {},
  g: 1e-6,
};
const text = String.raw`{"a": {"n": null, "t": true, "\u00fc\u20ac": "x\"\n\u007f"}, "b": [1.0, -0.0, 1e-05, 0.00012, 1.5e-10, 1e+22, 0.3333333333333333], "c": 1440, "d": 0.0003, "e": [], "f": {}, "g": 1e-06}`;
const hash = '3b37b44e7ca42d896fe47af773680ed8aa832b062dcc99825c0ea825bf7692e1';

describe("Python's JSON", () => {
  it('has its separators, order of keys, numbers and escapes', () => {
    expect(pythonJson(value)).toBe(text);
    expect(runFileName(value)).toBe(`run_${hash}.json`);
  });

  it('gives every double back to the bit', () => {
    const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });
    fc.assert(
      fc.property(doubles, (xs) => {
        expect(parsePythonJson(pythonJson(xs))).toEqual(xs);
      }),
    );
  });

  it('reads what is not finite as null, but not within strings', () => {
    expect(parsePythonJson('[NaN, -Infinity, Infinity, "NaN", "a\\"Infinity", {"Infinity": 1}]')).toEqual([
      ...[null, null, null, 'NaN', 'a"Infinity', { Infinity: 1 }],
    ]);
    expect(pythonJson([Number.NaN, -Infinity, Infinity])).toBe('[NaN, -Infinity, Infinity]');
  });
});

describe('a result file', () => {
  const entries = [{ log_k: [[1, 2]] }, { log_k: [[3, 4]] }];

  it('is encoded twice; once is read too', () => {
    const twice = encodeRunFile({ rule: 'momentum' }, entries);
    expect(typeof JSON.parse(twice)).toBe('string');
    const once = JSON.parse(twice);
    for (const content of [twice, once]) {
      expect(decodeRunFile(content, 'r')).toEqual({ path: 'r', fingerprint: { rule: 'momentum' }, entries });
    }
  });

  it.each([
    ['text', 'no json', "run file: 'r': JSON was expected, got an error:"],
    ['a cut list', JSON.stringify('[{"rule": "mom'), "run file: 'r': JSON within its string was expected"],
    ['three encodings', JSON.stringify(JSON.stringify('[]')), 'got a string (encoded more than twice)'],
    ['no list', '{"rule": 1}', 'a list [run_fingerprint, …entries] was expected, got an object'],
    ['a number in it', '[{}, 5]', 'objects were expected in the list, got a number at place 1'],
    ['no entry', '[{}]', 'at least one entry were expected, got a list of 1'],
  ])('%s is refused', (_, content, message) => {
    expect(() => decodeRunFile(content, 'r')).toThrow(message);
  });
});
