import { wakeDestination } from "../../deliveries/wake-ups";
import { addDestination } from "../../destinations/add-destination";
import { changeDestination, keptAt } from "../../destinations/change-destination";
import type { Destination } from "../../destinations/destination";
import { reachedAt } from "../../env";
import type { Tried } from "../../events/try-wanted";
import { OpenUrl } from "../../security/masked-url";
import { OpenHeaders } from "../../security/masking";
import { offerOf } from "../event-types/offer";
import { Foreign, Once } from "../parts/elements";
import { type Errors, errorsByPath, PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsBelow, crumbsOf, destinationInView, homeOf, redirectToDestination } from "../parts/place";
import { redirect } from "../parts/redirect";
import { readShownOnce, showOnceAt } from "../session/shown-once";
import { accountInView, acting, type PageContext } from "../session/viewer";
import { DestinationForm } from "./fields";
import { headersOf } from "./header-rows";
import { Trial, trialOf } from "./trial";
import { UnreadableNotice } from "./unreadable";
import { type DestinationValues, inputIn, NEW_DESTINATION, storedValuesOf, valuesOf } from "./values";

type Status = 200 | 400 | 409;

const NOTHING_KEPT = { headers: new OpenHeaders({}), calledUrl: new OpenUrl("") };

/** The form for a new destination of the tenant's own account, or of the one that the operator's URL names. */
export async function newDestinationPage(
  c: PageContext,
  values = NEW_DESTINATION,
  errors: Errors = {},
  status: Status = 200,
  tried: Tried[] | null = null,
) {
  const viewer = c.get("viewer");
  const accountId = accountInView(viewer, c.req.query("account_id"));
  if (accountId === undefined) return notFoundPage(c, "account");
  const offer = await offerOf(c, accountId);
  return page(c, {
    title: "Add a destination",
    crumbs: crumbsOf(c, accountId),
    status,
    children: (
      <>
        {tried ? <Trial base={viewer.base} tried={tried} now={c.get("gateway").now()} /> : null}
        <DestinationForm
          values={values}
          errors={errors}
          button="Add the destination"
          back={homeOf(c, accountId)}
          offer={offer}
        />
      </>
    ),
  });
}

export async function postDestination(c: PageContext) {
  const accountId = accountInView(c.get("viewer"), c.req.query("account_id"));
  if (accountId === undefined) return notFoundPage(c, "account");
  const form = await readForm(c);
  const values = valuesOf(form);
  if (form.has("try")) {
    const { tried, errors } = await trialOf(c, accountId, form);
    return newDestinationPage(c, values, errors, errors ? 400 : 200, tried);
  }
  const { input, errors } = inputIn(form, NOTHING_KEPT, reachedAt(c.get("gateway"), c.req.url));
  if (errors) return newDestinationPage(c, values, errors, 400);
  const added = await addDestination(reachedAt(acting(c), c.req.url), accountId, input);
  switch (added.kind) {
    case "added": {
      const made: NewSecret = { signingSecret: added.signingSecret };
      return showOnceAt(c, `${c.get("viewer").base}/destinations/${added.destination.destinationId}/added`, made);
    }
    case "account_unknown":
      return notFoundPage(c, "account");
    case "account_suspended":
      return newDestinationPage(c, values, { whole: SUSPENDED }, 409);
    case "too_many": {
      const whole = `An account has at most ${added.most} destinations. Remove one first.`;
      return newDestinationPage(c, values, { whole }, 409);
    }
    case "unfit":
      return newDestinationPage(c, values, errorsByPath(added.errors), 400);
  }
}

type NewSecret = { signingSecret: string };

/** The page after a destination was added: its signing secret, this once. */
export async function addedDestinationPage(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const made = await readShownOnce<NewSecret>(c);
  if (!made) return redirectToDestination(c);
  const path = `${c.get("viewer").base}/destinations/${destination.destinationId}`;
  return page(c, {
    title: "Destination added",
    crumbs: crumbsOf(c, destination.accountId),
    action: (
      <PostForm action={`${path}/test`}>
        <button type="submit">Send a test event</button>
      </PostForm>
    ),
    children: (
      <>
        <Once title="The signing secret" secret={made.signingSecret}>
          <p>
            The receiver needs it to check <code>webhook-signature</code>, as standardwebhooks.com describes.
          </p>
        </Once>
        <a href={path}>
          Go to {destination.httpMethod} <Foreign text={destination.url} />
        </a>
      </>
    ),
  });
}

export async function editDestinationPage(c: PageContext) {
  const destination = await destinationInView(c);
  return destination ? editForm(c, destination, storedValuesOf(destination)) : notFoundPage(c, "destination");
}

export async function postDestinationChange(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const form = await readForm(c);
  const values = valuesOf(form);
  if (form.has("try")) {
    const { tried, errors } = await trialOf(c, destination.accountId, form);
    return editForm(c, destination, values, errors, errors ? 400 : 200, tried);
  }
  const kept = keptAt(destination, values.url);
  const { input, errors } = inputIn(form, kept, reachedAt(c.get("gateway"), c.req.url));
  if (errors) return editForm(c, destination, values, errors, 400);
  // The rows name stored values by their place: they count only for the destination that the form was made from.
  if (textOf(form, "read_at") !== String(destination.updatedAt))
    return editForm(c, destination, values, MEANWHILE, 409);
  const changed = await changeDestination(reachedAt(acting(c), c.req.url), destination.destinationId, (stored) => ({
    ...input,
    headers: headersOf(values.headers, stored.headers),
  }));
  switch (changed.kind) {
    case "changed":
      if (changed.switched) await wakeDestination(c.get("gateway"), destination.destinationId);
      return redirect(
        c,
        `${c.get("viewer").base}/destinations/${destination.destinationId}?done=${changed.moved ? "moved" : "saved"}`,
      );
    case "unknown":
      return notFoundPage(c, "destination");
    case "changed_meanwhile":
      return editForm(c, destination, values, MEANWHILE, 409);
    case "stopped_by_operator":
      return editForm(c, destination, values, { whole: BY_OPERATOR }, 409);
    case "account_suspended":
      return editForm(c, destination, values, { whole: SUSPENDED }, 409);
    case "unfit":
      return editForm(c, destination, values, errorsByPath(changed.errors), 400);
  }
}

const SUSPENDED = "Nothing was changed: the account is suspended. It can be done once an operator has resumed it.";
const BY_OPERATOR =
  "Nothing was changed: an operator has stopped this destination, and only an operator can enable it.";

const MEANWHILE: Errors = {
  whole: "Someone else changed this destination meanwhile. Compare with its page, then save again.",
};

async function editForm(
  c: PageContext,
  destination: Destination,
  values: DestinationValues,
  errors: Errors = {},
  status: Status = 200,
  tried: Tried[] | null = null,
) {
  const path = `/destinations/${destination.destinationId}`;
  const offer = await offerOf(c, destination.accountId);
  return page(c, {
    title: "Edit the destination",
    crumbs: crumbsBelow(c, destination, "Edit"),
    status,
    children: (
      <>
        {destination.unreadable ? <UnreadableNotice of={destination.unreadable} /> : null}
        {tried ? <Trial base={c.get("viewer").base} tried={tried} now={c.get("gateway").now()} /> : null}
        <DestinationForm
          values={values}
          errors={errors}
          readAt={destination.updatedAt}
          button="Save"
          back={c.get("viewer").base + path}
          offer={offer}
        />
      </>
    ),
  });
}
