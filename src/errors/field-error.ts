/** What is wrong with one field of an input, in words that say what to do. `path` is as in the JSON (`headers.X-Key`). */
export type FieldError = { path: string; message: string };
