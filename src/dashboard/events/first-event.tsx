import { Copy, Empty } from "../parts/elements";

/** The command that sends a first event; without its token, which is known only when it is made, with a place for it. */
export function FirstEvent({ origin, token }: { origin: string; token: string | null }) {
  const command = [
    `curl ${origin}/server/incoming_data`,
    token === null ? `-H "CL-X-TOKEN: $TOKEN"` : `-H 'CL-X-TOKEN: ${token}'`,
    `-H 'Content-Type: application/json'`,
    `-d '{"hello":"world"}'`,
  ].join(" \\\n  ");
  return (
    <div class="command">
      <pre class="wrapped">
        <code>{command}</code>
      </pre>
      <Copy text={command} label="the command" />
    </div>
  );
}

/** What an empty list of events says. */
export function NoEvents({ origin }: { origin: string }) {
  return (
    <>
      <Empty>No event yet. Send one with the account's token:</Empty>
      <FirstEvent origin={origin} token={null} />
    </>
  );
}
