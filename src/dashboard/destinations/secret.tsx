import type { Child } from "hono/jsx";
import { MOST_SECRETS, rotateSecret } from "../../destinations/rotate-secret";
import { At, Foreign, Notice, Once } from "../parts/elements";
import { OverlapField, overlapOf, PostForm, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsBelow, destinationInView, redirectToDestination } from "../parts/place";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { acting, type PageContext } from "../session/viewer";

export async function secretPage(c: PageContext, error?: Child) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const path = `/destinations/${destination.destinationId}`;
  return page(c, {
    title: "Rotate the signing secret",
    crumbs: crumbsBelow(c, destination, "Secret"),
    status: error === undefined ? 200 : 409,
    children: (
      <PostForm class="form">
        {error === undefined ? null : <Notice tone="bad">{error}</Notice>}
        <p>
          Makes a new secret that signs what is sent to <Foreign text={destination.url} />. The present one keeps
          signing as well for a while, so that the receiver can switch without refusing an event. Earlier ones keep
          signing for as long as they were promised. A key pair (v1a) is replaced with it, in the same way.
        </p>
        <OverlapField label="The present secret keeps signing for" />
        <p class="actions">
          <button type="submit">Make a new secret</button>
          <a href={c.get("viewer").base + path}>Cancel</a>
        </p>
      </PostForm>
    ),
  });
}

export async function postSecret(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const overlap = overlapOf(await readForm(c));
  const rotated = await rotateSecret(acting(c), destination.destinationId, overlap);
  if (rotated.kind === "unknown") return notFoundPage(c, "destination");
  if (rotated.kind === "changed_meanwhile") {
    return secretPage(c, "Nothing was changed: someone else changed it at the same moment. Try again.");
  }
  if (rotated.kind === "too_many_secrets") {
    return secretPage(
      c,
      <>
        Nothing was changed: {MOST_SECRETS} secrets sign already. The first of them ends at{" "}
        <At at={rotated.firstEndsAt} />. Wait until then, or let the present one stop at once.
      </>,
    );
  }
  const made: NewSecret = {
    signingSecret: rotated.signingSecret,
    oldSecretsEndAt: rotated.oldSecretsEndAt > c.get("gateway").now() ? rotated.oldSecretsEndAt : null,
  };
  return showOnceAt(c, `${c.get("viewer").base}/destinations/${destination.destinationId}/secret/made`, made);
}

/** `oldSecretsEndAt` is null when they sign no more. */
type NewSecret = { signingSecret: string; oldSecretsEndAt: number | null };

/** The page after a secret was made: the secret, this once. */
export async function newSecretPage(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const made = await readShownOnce<NewSecret>(c);
  if (!made) return redirectToDestination(c);
  const path = `/destinations/${destination.destinationId}`;
  return page(c, {
    title: "New signing secret",
    crumbs: crumbsBelow(c, destination, "Secret"),
    children: (
      <>
        <Once title="The new signing secret" secret={made.signingSecret}>
          <p>
            {made.oldSecretsEndAt === null ? (
              "The earlier ones no longer sign."
            ) : (
              <>
                The last of the earlier ones keeps signing until <At at={made.oldSecretsEndAt} />.
              </>
            )}
          </p>
        </Once>
        <a href={c.get("viewer").base + path}>Go to the destination</a>
      </>
    ),
  });
}
