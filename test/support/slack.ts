/** What Slack's incoming webhooks answer: they refuse what is not their format. */
export function slackAnswer({ headers, body }: { headers: Record<string, string>; body: string }): string {
  if (!headers["content-type"]?.startsWith("application/json")) return "invalid_payload";
  const message: unknown = JSON.parse(body);
  if (typeof message !== "object" || message === null || Array.isArray(message)) return "invalid_payload";
  const unknown = Object.keys(message).filter((name) => !["text", "blocks", "attachments", "thread_ts"].includes(name));
  const { text } = message as { text?: unknown };
  if (unknown.length > 0 || typeof text !== "string") return "invalid_payload";
  return text === "" ? "no_text" : text.length > 40_000 ? "msg_too_long" : "ok";
}
