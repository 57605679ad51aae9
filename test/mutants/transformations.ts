/** What a destination makes of an event: expressions, templates, and what bounds them. */
import type { Mutant } from "./mutant.ts";

const LANGUAGE = ["test/unit/transformations/language.test.ts"];
const HOSTILE = ["test/unit/transformations/hostile.test.ts"];
const TEMPLATES = ["test/unit/transformations/templates.test.ts"];
const RECEIVERS = ["test/unit/transformations/receivers.test.ts"];

export const TRANSFORMATIONS: Mutant[] = [
  {
    id: "steps-without-end",
    file: "src/transformations/meter.ts",
    find: "if (this.#steps > STEPS_MAX) throw",
    replace: "if (this.#steps < 0) throw",
    tests: HOSTILE,
  },
  {
    id: "levels-without-end",
    file: "src/transformations/meter.ts",
    find: "if (++this.#depth > DEPTH_MAX) throw",
    replace: "if (this.#depth > DEPTH_MAX) throw",
    tests: HOSTILE,
  },
  {
    id: "texts-without-end",
    file: "src/transformations/meter.ts",
    find: "if (value.length > SIZE_MAX) throw",
    replace: "if (value.length < 0) throw",
    tests: HOSTILE,
  },
  {
    id: "a-value-held-twice-counts-once",
    file: "src/transformations/meter.ts",
    find: "if (known !== undefined) return known;",
    replace: "if (known !== undefined) return 0;",
    tests: HOSTILE,
  },
  {
    id: "changed-values-keep-their-size",
    file: "src/transformations/meter.ts",
    find: "this.#sizes = new WeakMap();\n  }",
    replace: "}",
    tests: HOSTILE,
  },
  {
    id: "paddings-of-any-length",
    file: "src/transformations/functions.ts",
    find: "bound(missing);",
    replace: "",
    tests: HOSTILE,
  },
  {
    id: "replacements-of-any-length",
    file: "src/transformations/functions.ts",
    find: "bound(text.length + kept * replacement.length);",
    replace: "",
    tests: HOSTILE,
  },
  {
    id: "left-out-functions-are-silently-nothing",
    file: "src/transformations/compile.ts",
    find: "if (reason !== undefined) return",
    replace: "if (reason === null) return",
    tests: HOSTILE,
  },
  {
    id: "pictures-of-dates-are-silently-dropped",
    file: "src/transformations/compile.ts",
    find: "if (args.length > (MOST_ARGUMENTS[name] ?? Number.POSITIVE_INFINITY))",
    replace: "if (args.length < 0)",
    tests: HOSTILE,
  },
  {
    id: "expressions-counted-in-characters",
    file: "src/transformations/compile.ts",
    find: "new TextEncoder().encode(text).length > EXPRESSION_MAX",
    replace: "text.length > EXPRESSION_MAX",
    tests: HOSTILE,
  },
  {
    id: "long-numbers-lost-in-a-transformation",
    file: "src/transformations/event.ts",
    find: "numbers.length === 0 ? value : parseExact(payload)",
    replace: "numbers.length === 0 ? value : JSON.parse(payload)",
    tests: LANGUAGE,
  },
  {
    id: "functions-in-the-result-are-dropped",
    file: "src/transformations/transform.ts",
    find: 'if (isFunction(value)) return "The result holds a function";',
    replace: "",
    tests: HOSTILE,
  },
  {
    id: "numbers-that-are-none-become-null",
    file: "src/transformations/transform.ts",
    find: "!Number.isFinite(value)) return",
    replace: "value === 0.5) return",
    tests: HOSTILE,
  },
  {
    id: "each-attempt-has-its-own-now",
    file: "src/transformations/transform.ts",
    find: "const now = () => facts.received_at;",
    replace: "const now = () => new Date().toISOString();",
    tests: LANGUAGE,
  },
  {
    id: "an-empty-text-in-a-path",
    file: "src/transformations/templates.ts",
    find: "return (path) => find(path) || undefined;",
    replace: "return find;",
    tests: TEMPLATES,
  },
  {
    id: "a-path-that-climbs",
    file: "src/transformations/templates.ts",
    find: "if (!isPlainPath(path)) return",
    replace: "if (path === null) return",
    tests: TEMPLATES,
  },
  {
    id: "a-line-break-in-a-header",
    file: "src/transformations/templates.ts",
    find: "text.toWellFormed().replace(escaped, encodeURIComponent)",
    replace: "text.toWellFormed()",
    tests: TEMPLATES,
  },
  {
    id: "half-a-header-where-something-is-missing",
    file: "src/transformations/template.ts",
    find: "if (text === null) return null;",
    replace: "if (text === null) continue;",
    tests: TEMPLATES,
  },
  {
    id: "secrets-in-templates",
    file: "src/transformations/check-templates.ts",
    find: "return isSensitiveHeader(name) && !isOfTheEvent(template)",
    replace: "return name === ''",
    tests: TEMPLATES,
  },
  {
    id: "a-form-that-is-json",
    file: "src/transformations/shape.ts",
    find: 'format === "form" ? queryOf(made.body) : textIn(made.body)',
    replace: "made.body",
    tests: RECEIVERS,
  },
  {
    id: "the-type-of-the-event-for-what-was-made-of-it",
    file: "src/transformations/shape.ts",
    find: "transformation === null ? event.contentType : null",
    replace: "null",
    tests: RECEIVERS,
  },
];
