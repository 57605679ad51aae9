/** What a request has to pass before it reaches a page. */
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { covers } from "../../vocabulary/account-scope";
import { Notice } from "../parts/elements";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { redirect } from "../parts/redirect";
import { mayAdminister, mayChange, type PageContext, type PageEnv } from "./viewer";

const FOR_ADMINS = /^\/dashboard\/(?:keys|accounts\/[^/]+\/(?:remove|suspend|resume)$)/;
/** What is about the gateway, or all its accounts. */
const OF_THE_GATEWAY = /^\/dashboard\/(?:keys|dead-letters|new-account)/;
/** What a viewer does to its own session, and to nothing else. */
const OWN_FORMS = ["/dashboard/theme", "/dashboard/sign-out-everywhere", "/portal/theme"];

/** Refuses posts that the viewer's role does not allow, but for what is its own session's. */
export const changersOnly = createMiddleware<PageEnv>(async (c, next) => {
  const viewer = c.get("viewer");
  const { method, path } = c.req;
  const may = FOR_ADMINS.test(path) ? mayAdminister(viewer) : mayChange(viewer);
  if (method === "GET" || method === "HEAD" || OWN_FORMS.includes(path) || may) return next();
  return notAllowed(
    c,
    viewer.kind === "tenant"
      ? "This link lets you look at everything and change nothing. Ask whoever gave it to you for one that does."
      : "Your role does not allow this. Ask an admin, or sign in with another key.",
  );
});

/** An operator who is limited to some accounts finds these, and nothing of others or of the gateway. */
export const ownAccountsOnly = createMiddleware<PageEnv>(async (c, next) => {
  const viewer = c.get("viewer");
  if (viewer.kind === "tenant" || viewer.operator.accounts === null) return next();
  const { path } = c.req;
  if (path === "/dashboard") return redirect(c, "/dashboard/accounts");
  const [, accountId] = /^\/dashboard\/accounts\/([^/]+)/.exec(path) ?? [];
  if (accountId !== undefined && !covers(viewer.operator.accounts, accountId)) return notFoundPage(c, "account");
  return OF_THE_GATEWAY.test(path)
    ? notAllowed(c, "Your key is limited to some accounts: this is not theirs.")
    : next();
});

function notAllowed(c: PageContext, why: string) {
  return page(c, { title: "Not allowed", status: 403, children: <Notice tone="bad">{why}</Notice> });
}

/** More than the largest form needs. */
const FORM_MAX_BYTES = 200_000;

const limitForm = bodyLimit({ maxSize: FORM_MAX_BYTES, onError: (c) => c.text("This form is too large.", 413) });

/** Posts are forms, as our pages send them; anything else is 415, too large a form 413. */
export const formsOnly = createMiddleware<PageEnv>(async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(c.req.header("content-type") ?? "")) {
    return c.text("Only forms are taken here.", 415);
  }
  return limitForm(c, next);
});

/** The address that leads in holds a token: it is not told to any page that follows. */
export const noReferrer = createMiddleware<PageEnv>(async (c, next) => {
  await next();
  c.header("Referrer-Policy", "no-referrer");
});

/** Only our own files, no inline script or style, no frame around our pages, nothing of the machine they are shown on. */
export const secured = secureHeaders({
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
  permissionsPolicy: {
    ...{ camera: [], microphone: [], displayCapture: [], geolocation: [], midi: [], payment: [] },
    ...{ usb: [], serial: [], bluetooth: [], publickeyCredentialsGet: [], screenWakeLock: [] },
  },
  referrerPolicy: "same-origin",
  xFrameOptions: "DENY",
});
