/** Of no floor. The version of this package, as package.json has it too. */
export const VERSION = '0.1.0';
