/** What happens to an event that breaks the schema of its type: nothing, it is marked, or it is refused. */
export const VALIDATIONS = ["off", "flag", "reject"] as const;
export type Validation = (typeof VALIDATIONS)[number];
