/** The pages' own routes, and the fields of their forms as the pages show them. */
import fc from "fast-check";
import { createApp } from "../../src/app";
import type { Browser } from "../support/pages";
import { type Call, hostileBody, hostileQuery, pathOf, seldom } from "./calls";
import { hostileHeaders, hostileText } from "./hostile";
import { idLike } from "./ids";

export type Route = { method: string; path: string };
/** Names of fields, each with the values that it is offered with. */
type Fields = Map<string, Set<string>>;
/** The forms by the routes they are sent to, the fields of all of them, and those that go into a query. */
type Forms = { byRoute: Map<Route, Fields>; all: Fields; asked: Set<string> };

/** All routes of the pages below a place. */
export function pageRoutes(below: "/dashboard" | "/portal"): Route[] {
  const routes = createApp().routes.filter(
    ({ method, path }) => method !== "ALL" && path.startsWith(below) && !path.includes("*"),
  );
  return [...new Map(routes.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()];
}

/** The forms on these pages. */
export async function formsOn(browser: Browser, routes: Route[], paths: string[]): Promise<Forms> {
  const found: Forms = { byRoute: new Map(), all: new Map(), asked: new Set() };
  for (const path of paths) {
    const { text } = await browser.visit(path);
    for (const [, attributes = "", content = ""] of text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
      const action = (/ action="([^"?]*)/.exec(attributes)?.[1] ?? path).replaceAll("&amp;", "&");
      const route = routes.find((one) => one.method === "POST" && patternOf(one.path).test(action));
      for (const [tag, name = ""] of content.matchAll(
        /<(?:input|select|textarea|button)[^>]*? name="([^"]+)"[^>]*>/g,
      )) {
        const value = / value="([^"]*)"/.exec(tag)?.[1];
        if (!/method="post"/.test(attributes)) found.asked.add(name);
        else for (const fields of [found.all, fieldsOf(found, route)]) keep(fields, name, value);
      }
    }
  }
  return found;
}

function fieldsOf({ byRoute, all }: Forms, route: Route | undefined): Fields {
  if (route && !byRoute.has(route)) byRoute.set(route, new Map());
  return (route && byRoute.get(route)) ?? all;
}

function keep(fields: Fields, name: string, value: string | undefined): void {
  const values = fields.get(name) ?? new Set();
  fields.set(name, values);
  if (value !== undefined) values.add(value);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`);
}

/** A page asked for, or a form sent, rightly or wrongly. */
export function pageCall(routes: Route[], { byRoute, all, asked }: Forms): fc.Arbitrary<Call> {
  const any = fc.array(fc.oneof(...fieldPairs(all), fc.tuple(hostileText, hostileText)), { maxLength: 8 });
  const forms = routes.filter(({ method }) => method === "POST");
  return fc.oneof(fc.constantFrom(...routes), fc.constantFrom(...forms)).chain((route) => {
    const { method, path } = route;
    const form = fc.tuple(
      fc.tuple(...fieldPairs(byRoute.get(route) ?? all)),
      seldom(any, fc.constant<[string, string][]>([])),
    );
    return fc.record<Call>({
      method: seldom(fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD"), fc.constant(method)),
      path: pathOf(path),
      query: fc.oneof(fc.constant(""), hostileQuery([...asked, "back", "token", "error"]), query([...asked])),
      headers: fc
        .tuple(
          seldom(fc.constantFrom(...TYPES), fc.constant("application/x-www-form-urlencoded")),
          seldom(hostileHeaders, fc.constant<[string, string][]>([["origin", "https://gateway.test"]])),
        )
        .map(([type, further]) => (method === "POST" ? [["content-type", type], ...further] : further)),
      body:
        method === "POST"
          ? seldom(
              hostileBody,
              form.map((pairs) => urlencoded(pairs.flat())),
            )
          : fc.constant(null),
    });
  });
}

function fieldPairs(fields: Fields) {
  return [...fields].map(([name, values]) => fc.tuple(fc.constant(name), valueOfField(name, [...values])));
}

const TYPES = [
  "application/x-www-form-urlencoded; charset=utf-7",
  "multipart/form-data",
  "multipart/form-data; boundary=x",
  "application/json",
  "text/plain",
];

function valueOfField(name: string, offered: string[]): fc.Arbitrary<string> {
  const usual = offered.length > 0 ? fc.constantFrom(...offered) : hostileText;
  const known = idLike(name);
  return fc.oneof({ weight: 5, arbitrary: usual }, ...(known ? [{ weight: 3, arbitrary: known }] : []), {
    weight: 3,
    arbitrary: hostileText,
  });
}

function query(names: string[]): fc.Arbitrary<string> {
  const pair = fc
    .constantFrom(...names, "cursor")
    .chain((name) => valueOfField(name, []).map((value) => [name, value]));
  return fc.array(pair, { maxLength: 4 }).map(urlencoded);
}

/** As browsers write forms, but for the names of what there is, see ids. */
function urlencoded(pairs: string[][]): string {
  return new URLSearchParams(pairs).toString().replace(/%7B%7B(\w+\.\d+)%7D%7D/g, "{{$1}}");
}
