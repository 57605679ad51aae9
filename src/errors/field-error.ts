/** What is wrong with one field of an input, and what to do about it. `path` is as in the JSON (`headers.X-Key`). */
export type FieldError = { path: string; message: string };
