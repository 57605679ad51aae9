import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { accountPage, homePage } from "./accounts/account";
import { createdAccountPage, editAccountPage, newAccountPage, postAccount, postAccountChange } from "./accounts/form";
import { accountsPage } from "./accounts/list";
import { newPortalLinkPage, portalLinksPage, postPortalLink, revokePortalLink } from "./accounts/portal-links";
import { postAccountRemoval, removeAccountPage } from "./accounts/removal";
import { postResumption, postSuspension } from "./accounts/suspension";
import { newTokenPage, postToken, tokenPage } from "./accounts/token";
import { postTokenRevocation } from "./accounts/tokens";
import { auditPage } from "./audit/list";
import { deadLettersPage, resendDeadLetter } from "./dead-letters/list";
import { deliveryPage } from "./deliveries/delivery";
import { deliveriesPage } from "./deliveries/list";
import { redeliverDelivery, redeliverSelected } from "./deliveries/send-again";
import { disableDestination, enableDestination, pauseDestination, resumeDestination } from "./destinations/activation";
import { destinationPage } from "./destinations/destination";
import {
  addedDestinationPage,
  editDestinationPage,
  newDestinationPage,
  postDestination,
  postDestinationChange,
} from "./destinations/form";
import { previewPage } from "./destinations/preview";
import { postDestinationRemoval, removeDestinationPage } from "./destinations/removal";
import { newSecretPage, postSecret, secretPage } from "./destinations/secret";
import { postTest, testPage } from "./destinations/test-event";
import { docsPage } from "./docs";
import { cataloguePage, postTypeRemoval } from "./event-types/catalogue";
import { editTypePage, postType } from "./event-types/form";
import { deliverEvent, eventPage, eventPayload, redeliverEvent } from "./events/event";
import { eventsPage } from "./events/list";
import { postEventWipe, wipeEventPage } from "./events/wipe";
import { keysPage, newKeyPage, postKey, revokeKey } from "./keys/keys";
import { overviewPage } from "./overview/overview";
import { errorPage } from "./parts/error-page";
import { notFoundPage, nothingHere } from "./parts/not-found";
import { redirectToDestination } from "./parts/place";
import { redirect } from "./parts/redirect";
import { portalDocsPage } from "./portal-docs";
import { cancelRecovery, postRecovery, recoveryPage } from "./recoveries/recovery";
import { actOnce } from "./session/act-once";
import { changersOnly, formsOnly, noReferrer, ownAccountsOnly, secured } from "./session/guards";
import { limitActs } from "./session/limit-acts";
import { closedPage, enterPage, postEnter, postSignOutOfPortal } from "./session/portal";
import { operatorsOnly, tenantsOnly } from "./session/session";
import { postSignIn, postSignOut, postSignOutEverywhere, signInPage } from "./session/sign-in";
import { postTheme, readTheme } from "./session/theme";
import type { PageEnv } from "./session/viewer";

/** The pages: for operators under `/dashboard`, the same for one account under `/portal`. */
export function pages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.onError(errorPage);
  app.get("/", (c) => redirect(c, "/dashboard"));
  app.use("/dashboard/*", secured, csrf(), formsOnly, readTheme);
  app.use("/portal/enter", noReferrer);
  app.use("/portal/*", secured, csrf(), formsOnly, readTheme);
  app.get("/docs", secured, readTheme, docsPage);

  app.get("/dashboard/sign-in", (c) => signInPage(c));
  app.post("/dashboard/sign-in", postSignIn);
  app.post("/dashboard/sign-out", postSignOut);

  app.get("/portal/enter", enterPage);
  app.post("/portal/enter", postEnter);
  app.get("/portal/closed", closedPage);
  app.post("/portal/sign-out", postSignOutOfPortal);

  app.use("/dashboard/*", operatorsOnly, ownAccountsOnly, changersOnly, limitActs, actOnce);
  app.use("/portal/*", tenantsOnly, changersOnly, limitActs, actOnce);
  app.route("/dashboard", operatorPages());
  app.route("/dashboard", sharedPages());
  app.get("/portal", homePage);
  app.get("/portal/docs", portalDocsPage);
  app.get("/portal/event-types", cataloguePage);
  app.route("/portal", sharedPages());
  app.get("*", secured, readTheme, nothingHere);
  return app;
}

/** What only operators see. */
function operatorPages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.get("/", overviewPage);

  app.get("/accounts", accountsPage);
  app.get("/new-account", (c) => newAccountPage(c));
  app.post("/new-account", postAccount);
  app.get("/accounts/:account_id", accountPage);
  app.get("/accounts/:account_id/created", createdAccountPage);
  app.get("/accounts/:account_id/edit", editAccountPage);
  app.post("/accounts/:account_id/edit", postAccountChange);
  app.get("/accounts/:account_id/token", (c) => tokenPage(c));
  app.post("/accounts/:account_id/token", postToken);
  app.get("/accounts/:account_id/token/made", newTokenPage);
  app.post("/accounts/:account_id/tokens/:token_id/revoke", postTokenRevocation);
  app.get("/accounts/:account_id/portal-links", (c) => portalLinksPage(c));
  app.post("/accounts/:account_id/portal-links", postPortalLink);
  app.get("/accounts/:account_id/portal-links/made", newPortalLinkPage);
  app.post("/accounts/:account_id/portal-links/:link_id/revoke", revokePortalLink);
  app.get("/accounts/:account_id/event-types", cataloguePage);
  app.get("/accounts/:account_id/event-types/edit", editTypePage);
  app.post("/accounts/:account_id/event-types/edit", postType);
  app.post("/accounts/:account_id/event-types/remove", postTypeRemoval);
  app.post("/accounts/:account_id/suspend", postSuspension);
  app.post("/accounts/:account_id/resume", postResumption);
  app.get("/accounts/:account_id/remove", (c) => removeAccountPage(c));
  app.post("/accounts/:account_id/remove", postAccountRemoval);

  app.post("/sign-out-everywhere", postSignOutEverywhere);

  app.get("/keys", (c) => keysPage(c));
  app.post("/keys", postKey);
  app.get("/keys/made", newKeyPage);
  app.post("/keys/:key_id/revoke", revokeKey);

  app.get("/dead-letters", deadLettersPage);
  app.post("/dead-letters/:dead_letter_id/resend", resendDeadLetter);
  return app;
}

/** What operators see of every account, and a tenant of its own. */
function sharedPages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.post("/theme", postTheme);

  app.get("/new-destination", (c) => newDestinationPage(c));
  app.post("/new-destination", postDestination);
  app.get("/destinations/:destination_id", destinationPage);
  app.get("/destinations/:destination_id/added", addedDestinationPage);
  app.get("/destinations/:destination_id/edit", editDestinationPage);
  app.post("/destinations/:destination_id/edit", postDestinationChange);
  app.get("/destinations/:destination_id/preview", previewPage);
  app.post("/destinations/:destination_id/enable", enableDestination);
  app.post("/destinations/:destination_id/disable", disableDestination);
  app.post("/destinations/:destination_id/pause", pauseDestination);
  app.post("/destinations/:destination_id/resume", resumeDestination);
  app.get("/destinations/:destination_id/secret", (c) => secretPage(c));
  app.post("/destinations/:destination_id/secret", postSecret);
  app.get("/destinations/:destination_id/secret/made", newSecretPage);
  app.get("/destinations/:destination_id/test", testPage);
  app.post("/destinations/:destination_id/test", postTest);
  app.get("/destinations/:destination_id/recover", redirectToDestination);
  app.post("/destinations/:destination_id/recover", postRecovery);
  app.get("/destinations/:destination_id/remove", (c) => removeDestinationPage(c));
  app.post("/destinations/:destination_id/remove", postDestinationRemoval);

  app.get("/recoveries/:recovery_id", recoveryPage);
  app.post("/recoveries/:recovery_id/cancel", cancelRecovery);

  app.get("/events", eventsPage);
  app.get("/events/:event_id", eventPage);
  app.get("/events/:event_id/payload", eventPayload);
  app.get("/events/:event_id/wipe", (c) => wipeEventPage(c));
  app.post("/events/:event_id/wipe", postEventWipe);
  app.post("/events/:event_id/redeliver", redeliverEvent);
  app.post("/events/:event_id/deliver", deliverEvent);

  app.get("/deliveries", deliveriesPage);
  app.post("/deliveries/redeliver", redeliverSelected);
  app.get("/deliveries/:delivery_id", deliveryPage);
  app.post("/deliveries/:delivery_id/redeliver", redeliverDelivery);

  app.get("/audit", auditPage);

  app.all("*", (c) => notFoundPage(c, "page"));
  return app;
}
