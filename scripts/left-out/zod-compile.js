/** In the place of zod's `compile`, which makes code from schemas: a Worker may not run such code. It weighs 9 KB of the bundle. */
export const INVALID = Symbol.for("zod.compile.invalid");
export class ZodCompileAsyncError extends Error {}
export class ZodCompileUnsupportedError extends Error {}
export function compile() {
  throw new ZodCompileUnsupportedError("zod's compile is left out of this bundle");
}
export const withParser = compile;
export const compileFn = compile;
