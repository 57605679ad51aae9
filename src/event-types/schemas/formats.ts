/** A text that is longer is of no format: none of the expressions sees more of it. */
const LONGEST = 2_048;

const EXPRESSIONS: Record<string, RegExp> = {
  "date-time": /^\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(?:\.\d+)?(?:z|[+-]\d\d:\d\d)$/i,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[^\s@]+@[^\s@]+$/,
  uri: /^[a-z][a-z\d+.-]*:[^\s<>"{}|\\^`]+$/i,
  uuid: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
};

/** The formats that are checked; the others are remarks, as the standard has it. */
export const FORMATS: Record<string, (value: string) => boolean> = Object.fromEntries(
  Object.entries(EXPRESSIONS).map(([name, expression]) => [
    name,
    (value) => value.length <= LONGEST && expression.test(value) && (!name.startsWith("date") || isDate(value)),
  ]),
);

/** Whether there is such a day, at such a time: of 30 February JavaScript makes another one, or none. */
function isDate(value: string): boolean {
  const day = value.slice(0, 10);
  return Number.isFinite(Date.parse(value)) && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;
}
