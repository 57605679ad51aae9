/** A field's name on the wire: `timeoutMs` is `timeout_ms`. */
export type WireName<Field extends string> = Field extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${WireName<Rest>}`
  : "";
