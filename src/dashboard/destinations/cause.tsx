import type { Failure } from "../../deliveries/reading/read-trouble";
import { answerOf } from "../deliveries/exchange";
import { At, Foreign } from "../parts/elements";

const MOST_LINES = 5;

/** Why the destination fails: the last failed attempt, when it was, and the first lines of what was answered. */
export function Cause({ of, base }: { of: Failure; base: string }) {
  const lines = (of.answer ?? "").trim().split("\n");
  return (
    <section aria-label="Last failure">
      <p>
        The last failed attempt, <At at={of.startedAt} />: it {answerOf(of)}
        {of.detail === null ? "" : ": "}
        {of.detail === null ? null : <Foreign text={of.detail} />}.{" "}
        <a href={`${base}/deliveries/${of.deliveryId}`}>See request and answer</a>
      </p>
      {lines[0] === "" ? null : (
        <pre class="wrapped" tabindex={0}>
          <code>
            <bdi>{lines.slice(0, MOST_LINES).join("\n")}</bdi>
          </code>
        </pre>
      )}
    </section>
  );
}
