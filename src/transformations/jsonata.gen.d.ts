import type { Meter } from "./meter";

/** A node of the tree that an expression is parsed into. */
export type Node = { type: string; value?: unknown; position?: number };

/** What is thrown where an expression is refused or fails. */
export type Fault = { code?: string; message?: string; position?: number; token?: unknown; value?: unknown };

type Expression = {
  ast(): Node;
  evaluate(input: unknown, bindings: Record<string, unknown>, meter: Meter): unknown;
  registerFunction(name: string, implementation: (...args: never[]) => unknown, signature: string): void;
};

/** Whether the value is a function of the language: built in or written in an expression. */
export function isFunction(value: unknown): boolean;

/** Parses an expression; throws a `Fault` where it is none. */
declare function jsonata(expression: string): Expression;
declare namespace jsonata {
  /** Whether the language has a function of that name built in. */
  function knows(name: string): boolean;
}
export default jsonata;
