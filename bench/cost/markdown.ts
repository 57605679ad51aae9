/** Figures and tables as the page writes them. */
/** A table of Markdown, its columns as wide as what is in them. */
export function table(head: string[], rows: (string | number)[][]): string {
  const body = rows.map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => line[column]?.length ?? 0)));
  return [head, widths.map((width) => "-".repeat(width)), ...body]
    .map((line) => `| ${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`)
    .join("\n");
}

/** Two digits, rounded down: nobody is promised more than there is. */
export function about(events: number): number {
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(events)) - 1);
  return digit * Math.floor(events / digit);
}

export function thousands(figure: number): string {
  return figure.toLocaleString("en-US");
}

export function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

export function inDays(days: number): string {
  return days < 10 ? `${days.toFixed(1)} days` : `${Math.floor(days)} days`;
}

export function inWords(parts: string[]): string {
  return `${parts.slice(0, -1).join(", ")} or ${parts.at(-1)}`;
}
