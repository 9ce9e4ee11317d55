/**
 * Floor 4. YAML that people wrote, made plain values: what a hostile or mistyped document holds is refused with its line,
 * and no document takes time or memory beyond its length.
 */
import { isAlias, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';

/** Characters: a config has a few hundred lines at most, and reading one takes some µs a character. */
const LONGEST = 256_000;

/** Collections within collections. */
export const DEEPEST = 100;

/** 1_000_000: people group digits, which YAML 1.2 reads as text. */
const groupedInteger = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?\d{1,3}(_\d{3})+$/,
  resolve: (text: string) => Number(text.replaceAll('_', '')),
} as const;

/** Whether collections lie in each other deeper than that; goes no deeper itself. */
export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((part) => isDeeperThan(part, depth - 1));
}

/** What is wrong in a YAML text: at which line, and the rest of the sentence that begins with it. */
export class YamlFault extends Error {
  constructor(
    readonly line: number,
    readonly expected: string,
    readonly got: string,
    readonly remedy: string,
  ) {
    super(`expected ${expected}, got ${got}; ${remedy}`);
  }
}

/** The value of a YAML text: maps, lists, text, numbers, booleans and null. Throws a YamlFault. */
export function parseYaml(text: string): unknown {
  checkText(text);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    customTags: [groupedInteger],
    schema: 'core',
    lineCounter: lines,
    // found below in one pass: the parser compares every key with all before it
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw faultOf(error.message, error.linePos?.[0].line ?? 1);
  const lineOf = (node: Node) => lines.linePos(node.range?.[0] ?? 0).line;
  const anchors = new Map<string, Node>();
  visit(document, (_key, node, path) => {
    if (isAlias(node)) checkAlias(node.source, lineOf(node), anchors.get(node.source), path);
    if (isMap(node)) checkKeys(node, lineOf);
    if ((isCollection(node) || isScalar(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const first = [...anchors.values()][0];
    throw new YamlFault(lineOf(first), 'a few aliases', 'such as multiply each other', 'write the values themselves');
  }
}

/** Reads a YAML text of a file. Throws a UserError that starts with the file and the line. */
export function parseYamlFile(text: string, path: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    throw new UserError(`${fileName(path)} line ${error.line}: ${error.message}`);
  }
}

/** What no parser needs to see. */
function checkText(text: string): void {
  const lineAt = (at: number) => text.slice(0, at).split('\n').length;
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    throw new YamlFault(lineAt(nul), 'YAML', 'a NUL byte, as binary files have', 'name a text file');
  }
  if (text.length > LONGEST) {
    throw new YamlFault(
      lineAt(LONGEST),
      `YAML of at most ${LONGEST} characters`,
      `${text.length}`,
      'leave out what does not belong there',
    );
  }
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x5b || c === 0x7b) depth++;
    else if (c === 0x5d || c === 0x7d) depth--;
    if (depth > DEEPEST) throw tooDeep(lineAt(at));
  }
}

const tooDeep = (line: number) =>
  new YamlFault(
    line,
    `at most ${DEEPEST} collections within each other`,
    'more',
    'mend the brackets or the indentation',
  );

function faultOf(message: string, line: number): YamlFault {
  if (message.includes('call stack')) return tooDeep(line);
  const what = message.split(/ at line|\n/)[0];
  if (what.includes('multiple documents')) return new YamlFault(line, 'one document', 'several', 'keep one');
  if (/^Unresolved tag/.test(what)) {
    return new YamlFault(line, 'plain values', `the tag ${what.slice(what.indexOf(':') + 2)}`, 'take the tag out');
  }
  return new YamlFault(line, 'YAML', `an error: ${what.charAt(0).toLowerCase()}${what.slice(1)}`, 'mend that line');
}

function checkAlias(name: string, line: number, anchored: Node | undefined, path: readonly unknown[]): void {
  if (anchored === undefined) {
    throw new YamlFault(
      line,
      `an anchor &${name} before its alias`,
      `*${name} without one`,
      'write the value itself, or put text that starts with * in quotes',
    );
  }
  if (path.includes(anchored)) {
    throw new YamlFault(line, 'a value', `the alias *${name} within what it stands for`, 'write the value itself');
  }
}

function checkKeys({ items }: { readonly items: readonly { readonly key: unknown }[] }, lineOf: (n: Node) => number) {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) {
      const line = lineOf(key as Node);
      throw new YamlFault(line, 'a name as key', 'a list, a map or an alias', 'write key: value, or put it in quotes');
    }
    const name = String(key.value);
    if (seen.has(name)) {
      throw new YamlFault(lineOf(key), 'YAML', 'an error: map keys must be unique', 'mend that line');
    }
    seen.add(name);
  }
}
