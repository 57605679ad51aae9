/** A destination's settings, as its page lists them. */
import type { Child } from "hono/jsx";
import { type Destination, publicKeyOf } from "../../destinations/destination";
import { maskHeaders } from "../../security/masking";
import { At, Copy, Facts, Id } from "../parts/elements";

export function DestinationFacts({ destination }: { destination: Destination }) {
  const publicKey = publicKeyOf(destination);
  return (
    <Facts
      facts={[
        [
          "Destination",
          <>
            <Id of={destination.destinationId} /> <Copy text={destination.destinationId} label="the destination's id" />
          </>,
        ],
        ["Timeout", `${destination.timeoutMs} ms`],
        [
          "Retries",
          destination.retrySchedule === null
            ? "the default schedule, about 3 days"
            : `after ${destination.retrySchedule.join(", ")} s`,
        ],
        [
          "Attempts at most",
          destination.maxAttempts === null ? "as many as the schedule has" : String(destination.maxAttempts),
        ],
        ["Event types", destination.eventTypes?.join(", ") ?? "all"],
        ["Filter", textFact(destination.filter)],
        ["Transformation", textFact(destination.transformation)],
        ["Templates", textFact(destination.templates)],
        ["Signed", destination.signatureSchemes.toSorted().join(" and ")],
        ...(publicKey === null ? [] : [publicKeyFact(destination.destinationId, publicKey)]),
        ["Added", <At at={destination.createdAt} />],
        ["Changed", <At at={destination.updatedAt} />],
      ]}
    />
  );
}

/** It is for anybody: the link needs no key. */
function publicKeyFact(destinationId: string, publicKey: string): [string, Child] {
  return [
    "Public key",
    <>
      <a href={`/destinations/${destinationId}/public-key`}>
        <code class="id">{publicKey}</code>
      </a>{" "}
      <Copy text={publicKey} label="the public key" />
    </>,
  ];
}

function textFact(text: string | null): Child {
  return text === null ? "none" : <code class="id">{text}</code>;
}

export function DestinationHeaders({ destination }: { destination: Destination }) {
  const lines = Object.entries(maskHeaders(destination.headers)).flatMap(([name, value]) =>
    [value].flat().map((item) => `${name}: ${item}\n`),
  );
  return (
    <>
      <h2>Headers</h2>
      {lines.length === 0 ? (
        <p class="muted">None of its own.</p>
      ) : (
        <pre class="wrapped">
          <code>{lines}</code>
        </pre>
      )}
    </>
  );
}
