/** What all pages share. `page` puts a room's content into the frame; the other parts fill it. Knows no room. */
import { html } from "hono/html";
import type { Child, PropsWithChildren } from "hono/jsx";
import type { Operator } from "../../keys/operator";
import { ASSETS } from "../assets.gen";
import { mayChange, type PageContext, type Viewer } from "../session/viewer";
import { Ago, Foreign } from "./elements";
import { visible } from "./visible";

export type Crumb = { label: string; href?: string };
export type PageProps = PropsWithChildren<{
  title?: string;
  /** What somebody else wrote, at the end of the title: a name or a URL. */
  of?: string;
  /** Where this page stands, from the top; the page itself is the last. */
  crumbs?: Crumb[];
  /** The one thing to do here. */
  action?: Child;
  status?: 200 | 400 | 401 | 403 | 404 | 409 | 500 | 503;
}>;

/** `of` says who sees it besides an operator of all accounts: every operator, or everyone. */
type NavItem = { label: string; path: string; key?: string; of: "gateway" | "operators" | "everyone" };
const NAV: NavItem[] = [
  { label: "Overview", path: "", of: "everyone" },
  { label: "Accounts", path: "/accounts", key: "a", of: "operators" },
  { label: "Events", path: "/events", key: "e", of: "everyone" },
  { label: "Deliveries", path: "/deliveries", key: "d", of: "everyone" },
  { label: "Dead letters", path: "/dead-letters", of: "gateway" },
  { label: "Keys", path: "/keys", of: "gateway" },
  { label: "Audit trail", path: "/audit", of: "everyone" },
];

/** Answers with a whole page, navigation and all. */
export function page(c: PageContext, { status = 200, ...props }: PageProps) {
  const viewer = c.get("viewer");
  return c.html(
    <Document title={titleOf(props)} theme={c.get("theme")} base={viewer.base}>
      <div class="frame">
        <Navigation
          viewer={viewer}
          path={c.req.path}
          back={new URL(c.req.url)}
          theme={c.get("theme")}
          now={c.get("gateway").now()}
        />
        <main id="main">
          <header class="top">
            <div>
              <Breadcrumb viewer={viewer} crumbs={props.crumbs ?? []} />
              <Heading {...props} />
            </div>
            {props.action && mayChange(viewer) ? <div class="action">{props.action}</div> : null}
          </header>
          {props.children}
        </main>
      </div>
    </Document>,
    status,
  );
}

function Heading({ title, of }: PageProps) {
  return (
    <h1>
      {title}
      {title !== undefined && of !== undefined ? " " : ""}
      {of === undefined ? null : <Foreign text={of} />}
    </h1>
  );
}

/** The same in plain text, which has characters for what is an element elsewhere. */
function titleOf({ title = "", of }: PageProps): string {
  return of === undefined ? title : `${title} \u2068${visible(of)}\u2069`.trim();
}

/** The document around everything, also for pages without a viewer. */
export function Document(
  props: PropsWithChildren<{ title: string; theme: string | null; base: string; assets?: Child }>,
) {
  return html`<!doctype html>${(
    <html lang="en" {...(props.theme && { "data-theme": props.theme })}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{props.title} · Data Pusher</title>
        <link rel="icon" href={ASSETS["icon.svg"]} type="image/svg+xml" />
        {props.assets ?? <OwnAssets />}
      </head>
      <body data-base={props.base}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        {props.children}
      </body>
    </html>
  )}`;
}

function OwnAssets() {
  return (
    <>
      <link rel="stylesheet" href={ASSETS["pico.css"]} />
      <link rel="stylesheet" href={ASSETS["app.css"]} />
      <script src={ASSETS["htmx.js"]} defer></script>
      <script src={ASSETS["app.js"]} defer></script>
      <script src={ASSETS["copy.js"]} defer></script>
      <script src={ASSETS["live.js"]} defer></script>
    </>
  );
}

function Navigation(props: { viewer: Viewer; path: string; back: URL; theme: string | null; now: number }) {
  const { viewer, path, back, theme } = props;
  const items = NAV.filter(({ of }) => of === "everyone" || (viewer.kind === "operator" && sees(viewer.operator, of)));
  // the API is the operator's
  const docs = viewer.kind === "tenant" ? "/portal/docs" : "/docs";
  const here = (item: NavItem) =>
    item.path === ""
      ? path === viewer.base || belongs(item, path)
      : path.startsWith(viewer.base + item.path) || belongs(item, path);
  return (
    <nav class="side" aria-label="Main">
      <a class="brand" href={viewer.base}>
        Data Pusher
      </a>
      <ul>
        {items.map((item) => (
          <li>
            <a
              href={viewer.base + item.path}
              {...(here(item) && { "aria-current": "page" })}
              {...(item.key && { "data-go": item.key })}
            >
              {item.label}
            </a>
          </li>
        ))}
        <li>
          <a href={docs} {...(path === docs && { "aria-current": "page" as const })}>
            Docs
          </a>
        </li>
      </ul>
      <div class="foot">
        {viewer.kind === "tenant" ? (
          <p>
            This link ends <Ago at={viewer.linkEndsAt} now={props.now} />
          </p>
        ) : null}
        <form method="post" action={`${viewer.base}/theme`}>
          <input type="hidden" name="back" value={back.pathname + back.search} />
          <label>
            <span class="visually-hidden">Theme</span>
            <select name="theme" data-submit>
              {[
                ["", "System"],
                ["light", "Light"],
                ["dark", "Dark"],
              ].map(([value, label]) => (
                <option value={value} selected={(theme ?? "") === value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="secondary outline no-script">
            Set theme
          </button>
        </form>
        <form method="post" action={`${viewer.base}/sign-out`}>
          <button type="submit" class="secondary outline">
            Sign out
          </button>
        </form>
        <a href={ASSETS["licences.txt"]}>Licences</a>
      </div>
    </nav>
  );
}

function sees({ accounts }: Operator, of: "gateway" | "operators"): boolean {
  return of === "operators" || accounts === null;
}

/** Destinations and recoveries have no entry of their own; they belong to their account, which is a tenant's first page. */
function belongs(item: NavItem, path: string): boolean {
  const owner = path.startsWith("/portal/") ? "" : "/accounts";
  return (
    item.path === owner && /^\/\w+\/(?:destinations|recoveries|new-destination|new-account|event-types)\b/.test(path)
  );
}

function Breadcrumb({ viewer, crumbs }: { viewer: Viewer; crumbs: Crumb[] }) {
  if (crumbs.length === 0) return null;
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ label, href }) => (
          <li>{href === undefined ? visible(label) : <a href={viewer.base + href}>{visible(label)}</a>}</li>
        ))}
      </ol>
    </nav>
  );
}
