/** Floor 7. What the library says, in the words of the page. */

/** Where the library names an option of the command line that the page has a control for, the control. */
const CONTROLS: readonly (readonly [RegExp, string])[] = [
  [/\b(take|or) --device (wasm|webgpu)/g, '$1 $2 under “Device”'],
  [/\bexport it --to json\b/g, 'take “Export: json”'],
  [/\buse --format columns\b/g, 'take columns under “Columns as”'],
  [
    /--format (\S+) is a CSV layout, but this file has named columns; leave it out/g,
    '“Columns as” says $1, a layout of CSV without a header, but this file has named columns; take columns there, or open it without the others',
  ],
  [/\bNAME=file sets a name\b/g, '“Asset in …” sets a name'],
  [/\bimport more \(--with-numeraire [^)]*\)/g, 'open more together'],
  [/\b(got|say) train: true\b/g, '$1 “trained” ticked'],
  [/\badd flow: \{.*, or freeze it: \{.*\}/g, 'choose one under “Who else trades”, or untick “trained”'],
  [/\b(freeze (it|them)(:| by)|say) train: false\b/g, 'untick “trained”'],
  [/\bexpected \[least, greatest\], got /g, 'expected the least in training below the greatest, got '],
  [/; free one$/, '; tick “trained” at one'],
  // nothing of the page bounds memory otherwise
  [/, or allow more by --set run\.memory=\S+/g, ''],
  [/\bgot --memory (\d+); allow more memory, fewer threads/g, 'got $1; take fewer sets'],
];

export const inPageWords = (message: string): string =>
  CONTROLS.reduce((text, [said, control]) => text.replace(said, control), message);
