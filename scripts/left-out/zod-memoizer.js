/**
 * In the place of what lets zod parse a value that contains itself, which JSON and forms never do. Without a memoizer it goes
 * without.
 */
export const memoizer = () => undefined;
export const isBackEdge = () => false;
export const isRecursiveSchema = () => false;
export class $ZodCyclicError extends Error {}
