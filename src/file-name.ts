/** Of no floor. The name of a file without its folders, for messages; of a path as either kind of system writes it. */
export const fileName = (path: string): string => /([^/\\]*)[/\\]*$/.exec(path)?.[1] || path;
