import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { accountPage, homePage } from "./accounts/account";
import { editAccountPage, editAccountPosted, newAccountPage, newAccountPosted } from "./accounts/form";
import { accountsPage } from "./accounts/list";
import { portalLinkPosted, portalLinkRevoked, portalLinksPage } from "./accounts/portal-links";
import { removeAccountPage, removeAccountPosted } from "./accounts/removal";
import { tokenPage, tokenPosted } from "./accounts/token";
import { deadLetterResent, deadLettersPage } from "./dead-letters/list";
import { deliveryPage, redeliverPosted, redeliverSelectedPosted } from "./deliveries/delivery";
import { deliveriesPage } from "./deliveries/list";
import { destinationPage, disablePosted, enablePosted } from "./destinations/destination";
import {
  editDestinationPage,
  editDestinationPosted,
  newDestinationPage,
  newDestinationPosted,
} from "./destinations/form";
import { removeDestinationPage, removeDestinationPosted } from "./destinations/removal";
import { secretPage, secretPosted } from "./destinations/secret";
import { testAsked, testPosted } from "./destinations/test-event";
import { docsPage } from "./docs";
import { eventPage, eventPayload, redeliverEventPosted } from "./events/event";
import { eventsPage } from "./events/list";
import { keyPosted, keyRevoked, keysPage } from "./keys/keys";
import { overviewPage } from "./overview/overview";
import { Notice } from "./parts/elements";
import { errorPage } from "./parts/error-page";
import { notFoundPage } from "./parts/not-found";
import { page } from "./parts/page";
import { cancelPosted, recoverPosted, recoveryPage } from "./recoveries/recovery";
import { closedPage, enterPage, leavePosted } from "./session/portal";
import { operatorsOnly, readTheme, tenantsOnly, writeTheme } from "./session/session";
import { safeBack, signInPage, signInPosted, signOutPosted } from "./session/sign-in";
import { mayChange, type PageContext, type PageEnv } from "./session/viewer";

/** The pages: for operators under `/dashboard`, the same for one account under `/portal`. */
export function pages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.onError(errorPage);
  app.get("/", (c) => c.redirect("/dashboard"));
  app.use("/dashboard/*", secured, csrf(), formsOnly, readTheme);
  app.use("/portal/*", secured, csrf(), formsOnly, readTheme);
  app.get("/docs", secured, readTheme, docsPage);

  app.get("/dashboard/sign-in", (c) => signInPage(c));
  app.post("/dashboard/sign-in", signInPosted);
  app.post("/dashboard/sign-out", signOutPosted);

  app.get("/portal/enter", enterPage);
  app.get("/portal/closed", closedPage);
  app.post("/portal/sign-out", leavePosted);

  app.use("/dashboard/*", operatorsOnly, changersOnly);
  app.use("/portal/*", tenantsOnly);
  app.route("/dashboard", operatorPages());
  app.route("/dashboard", sharedPages());
  app.get("/portal", homePage);
  app.route("/portal", sharedPages());
  return app;
}

/** What only operators see. */
function operatorPages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.get("/", overviewPage);
  app.get("/accounts", accountsPage);
  app.get("/new-account", (c) => newAccountPage(c));
  app.post("/new-account", newAccountPosted);
  app.get("/accounts/:account_id", accountPage);
  app.get("/accounts/:account_id/edit", editAccountPage);
  app.post("/accounts/:account_id/edit", editAccountPosted);
  app.get("/accounts/:account_id/token", tokenPage);
  app.post("/accounts/:account_id/token", tokenPosted);
  app.get("/accounts/:account_id/portal-links", (c) => portalLinksPage(c));
  app.post("/accounts/:account_id/portal-links", portalLinkPosted);
  app.post("/accounts/:account_id/portal-links/:link_id/revoke", portalLinkRevoked);
  app.get("/accounts/:account_id/remove", (c) => removeAccountPage(c));
  app.post("/accounts/:account_id/remove", removeAccountPosted);
  app.get("/keys", (c) => keysPage(c));
  app.post("/keys", keyPosted);
  app.post("/keys/:key_id/revoke", keyRevoked);
  app.get("/dead-letters", deadLettersPage);
  app.post("/dead-letters/:dead_letter_id/resend", deadLetterResent);
  return app;
}

/** What operators see of every account, and a tenant of its own. */
function sharedPages(): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  app.post("/theme", themePosted);
  app.get("/new-destination", (c) => newDestinationPage(c));
  app.post("/new-destination", newDestinationPosted);
  app.get("/destinations/:destination_id", destinationPage);
  app.get("/destinations/:destination_id/edit", editDestinationPage);
  app.post("/destinations/:destination_id/edit", editDestinationPosted);
  app.post("/destinations/:destination_id/enable", enablePosted);
  app.post("/destinations/:destination_id/disable", disablePosted);
  app.get("/destinations/:destination_id/secret", (c) => secretPage(c));
  app.post("/destinations/:destination_id/secret", secretPosted);
  app.get("/destinations/:destination_id/test", testAsked);
  app.post("/destinations/:destination_id/test", testPosted);
  app.get("/destinations/:destination_id/recover", testAsked);
  app.post("/destinations/:destination_id/recover", recoverPosted);
  app.get("/destinations/:destination_id/remove", (c) => removeDestinationPage(c));
  app.post("/destinations/:destination_id/remove", removeDestinationPosted);
  app.get("/recoveries/:recovery_id", recoveryPage);
  app.post("/recoveries/:recovery_id/cancel", cancelPosted);
  app.get("/events", eventsPage);
  app.get("/events/:event_id", eventPage);
  app.get("/events/:event_id/payload", eventPayload);
  app.post("/events/:event_id/redeliver", redeliverEventPosted);
  app.get("/deliveries", deliveriesPage);
  app.post("/deliveries/redeliver", redeliverSelectedPosted);
  app.get("/deliveries/:delivery_id", deliveryPage);
  app.post("/deliveries/:delivery_id/redeliver", redeliverPosted);
  app.all("*", (c) => notFoundPage(c, "page"));
  return app;
}

async function themePosted(c: PageContext) {
  const form = await c.req.formData();
  writeTheme(c, String(form.get("theme") ?? ""));
  return c.redirect(safeBack(String(form.get("back") ?? ""), c.get("viewer").base), 303);
}

/** A `viewer` key sees everything and changes nothing; the theme is its own. */
const changersOnly = createMiddleware<PageEnv>(async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD" || c.req.path.endsWith("/theme") || mayChange(c.get("viewer")))
    return next();
  return page(c, {
    title: "Not allowed",
    status: 403,
    children: (
      <Notice tone="bad">This key may look at everything and change nothing. Sign in with an admin key.</Notice>
    ),
  });
});

/** More than the largest form needs. */
const FORM_MAX_BYTES = 200_000;

const limitForm = bodyLimit({ maxSize: FORM_MAX_BYTES, onError: (c) => c.text("This form is too large.", 413) });

/** Our forms send nothing else, and what cannot be read as a form is no fault of ours. */
const formsOnly = createMiddleware<PageEnv>(async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header("content-type") ?? "")) {
    return c.text("Only forms are taken here.", 415);
  }
  return limitForm(c, next);
});

/** Nothing but our own files, no inline script or style, no frame around us. */
const secured = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: "same-origin",
  xFrameOptions: "DENY",
});
