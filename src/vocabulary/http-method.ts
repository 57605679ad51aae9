/** The methods that a destination can be called with. */
export const HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** A destination's headers as the user wrote them: a value, or several under one name. */
export type HeaderMap = Record<string, string | string[]>;
