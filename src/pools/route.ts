/** Floor 2½. How the rule's outputs are computed: step by step, all at once, or as the target does it faster. */
export type Route = 'auto' | 'scan' | 'vectorised';

export const ROUTES: readonly [Route, ...Route[]] = ['auto', 'scan', 'vectorised'];
