import type { Destination } from "../../destinations/destination";
import { removeDestination } from "../../destinations/remove-destination";
import { Foreign, Notice } from "../parts/elements";
import { Confirm, confirmError, readForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsBelow, destinationInView, homeOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";

/** Says what is deleted with the destination, and asks for its host's name. */
export async function removeDestinationPage(c: PageContext, error?: string) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const path = `/destinations/${destination.destinationId}`;
  const here = c.get("viewer").base + path;
  return page(c, {
    title: "Remove the destination",
    crumbs: crumbsBelow(c, destination, "Remove"),
    status: error === undefined ? 200 : 400,
    children: (
      <Confirm
        action={`${here}/remove`}
        back={here}
        name={hostOf(destination)}
        button="Remove the destination"
        error={error}
      >
        <Notice tone="bad">
          Nothing more is sent to {destination.httpMethod} <Foreign text={destination.url} />. Its headers, signing
          secret and recoveries are deleted, and its pending deliveries are discarded. The record of its deliveries
          stays. This cannot be undone; to stop it for a while, pause it.
        </Notice>
      </Confirm>
    ),
  });
}

export async function postDestinationRemoval(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const error = confirmError(await readForm(c), hostOf(destination));
  if (error !== undefined) return removeDestinationPage(c, error);
  await removeDestination(acting(c), destination.destinationId);
  return redirect(c, `${homeOf(c, destination.accountId)}?done=removed`);
}

function hostOf(destination: Destination): string {
  return new URL(destination.url).host;
}
