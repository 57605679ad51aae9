/** What a request has to pass before it reaches a page. */
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { Notice } from "../parts/elements";
import { page } from "../parts/page";
import { mayChange, type PageEnv } from "./viewer";

/** What a viewer does to its own session, and to nothing else. */
const OWN_FORMS = ["/dashboard/theme", "/dashboard/sign-out-everywhere", "/portal/theme"];

/** Refuses posts by a key or a link whose role is `viewer`, which may look at everything and change nothing but its own session. */
export const changersOnly = createMiddleware<PageEnv>(async (c, next) => {
  const { method, path } = c.req;
  if (method === "GET" || method === "HEAD" || OWN_FORMS.includes(path) || mayChange(c.get("viewer"))) return next();
  return page(c, {
    title: "Not allowed",
    status: 403,
    children: (
      <Notice tone="bad">
        {c.get("viewer").kind === "tenant"
          ? "This link lets you look at everything and change nothing. Ask whoever gave it to you for one that does."
          : "This key may look at everything and change nothing. Sign in with an admin key."}
      </Notice>
    ),
  });
});

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
