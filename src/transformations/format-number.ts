/** Characters before and after, digits that may be and that must be before the point, the same behind it, per cent. */
const PICTURE = /^([^#0.,%]*)([#,]*)([0,]*)(?:\.(0*)(#*))?(%?)([^#0.,%]*)$/;
const PICTURE_MAX = 50;

/** Whether `$formatNumber` takes the picture: the common ones, such as `#,##0.00`, `0.0%` or `$0.##`. */
export function isPicture(picture: string): boolean {
  const [, , optional, needed] = (picture.length <= PICTURE_MAX && PICTURE.exec(picture)) || [];
  if (optional === undefined) return false;
  const whole = `${optional}${needed}`;
  return whole !== "" && (!whole.includes(",") || /^[#0]+(,[#0]{3})+$/.test(whole));
}

/** The number as the picture has it, a half rounded to the even digit as JSONata does. */
export function formatNumber(value: number | undefined, picture: string): string | undefined {
  if (value === undefined) return undefined;
  if (!isPicture(picture)) throw { code: "PICTURE", value: picture };
  const [, before = "", optional = "", needed = "", zeros = "", hashes = "", percent = "", after = ""] =
    PICTURE.exec(picture) ?? [];
  const digits = needed.replaceAll(",", "").length;
  const text = new Intl.NumberFormat("en", {
    style: percent ? "percent" : "decimal",
    minimumIntegerDigits: Math.max(1, digits),
    minimumFractionDigits: zeros.length,
    maximumFractionDigits: zeros.length + hashes.length,
    useGrouping: `${optional}${needed}`.includes(","),
    roundingMode: "halfEven",
  }).format(`${Math.abs(value)}`);
  const shown = digits === 0 && zeros !== "" ? text.replace(/^0(?=\.)/, "") : text;
  return `${value < 0 ? "-" : ""}${before}${shown}${after}`;
}
