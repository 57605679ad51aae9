/** What an operator is told. `db/alerts` adds an alert in the transaction of its cause; `raise-alerts` tells of it. */

/** Where alerts go; either may be missing. */
export type AlertRoutes = {
  /** Without a secret of the setting's, one is made, known only after it was rotated. */
  webhook: { url: string; secret: string | null } | null;
  mail: ((subject: string, text: string) => Promise<void>) | null;
};

/** Whether anyone is told. */
export function areTold({ webhook, mail }: AlertRoutes): boolean {
  return webhook !== null || mail !== null;
}
