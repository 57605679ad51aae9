/** Who does something, as the audit trail keeps it. */
export type Actor = {
  kind: "operator" | "tenant";
  /** A key's id, `ADMIN_TOKEN`, a portal link's id, or the e-mail that Cloudflare Access vouches for. */
  id: string;
  name: string;
  via: "api" | "dashboard" | "portal";
  address: string;
};
