import { rotateSecret } from "../../destinations/rotate-secret";
import { At, Notice, Once } from "../parts/elements";
import { OverlapField, overlapOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsBelow, destinationInView } from "../parts/place";
import type { PageContext } from "../session/viewer";

export async function secretPage(c: PageContext, error?: string) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const path = `/destinations/${destination.destinationId}`;
  return page(c, {
    title: "Rotate the signing secret",
    crumbs: crumbsBelow(c, destination, "Secret"),
    status: error === undefined ? 200 : 409,
    children: (
      <form method="post" class="form">
        {error === undefined ? null : <Notice tone="bad">{error}</Notice>}
        <p>
          A new secret that signs what is sent to {destination.url}. The present one goes on signing beside it for a
          while, so that the receiver can change over without refusing an event.
        </p>
        <OverlapField label="The present secret goes on signing for" />
        <p class="actions">
          <button type="submit">Make a new secret</button>
          <a href={c.get("viewer").base + path}>Cancel</a>
        </p>
      </form>
    ),
  });
}

export async function secretPosted(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const overlap = overlapOf(await c.req.formData());
  const rotated = await rotateSecret(c.get("gateway"), destination.destinationId, overlap);
  if (rotated.kind === "unknown") return notFoundPage(c, "destination");
  if (rotated.kind === "changed_meanwhile") {
    return secretPage(c, "Nothing was changed: somebody else changed it at the same moment. Try again.");
  }
  const path = `/destinations/${destination.destinationId}`;
  return page(c, {
    title: "New signing secret",
    crumbs: crumbsBelow(c, destination, "Secret"),
    children: (
      <>
        <Once title="The new signing secret" secret={rotated.signingSecret}>
          <p>
            {overlap === 0 ? (
              "Those before it sign no more."
            ) : (
              <>
                Those before it go on signing until <At at={rotated.oldSecretsEndAt} />.
              </>
            )}
          </p>
        </Once>
        <a href={c.get("viewer").base + path}>To the destination</a>
      </>
    ),
  });
}
