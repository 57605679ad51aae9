import type { Api } from "../context";

/** The methods that a path takes, by the routes of the app; empty where there is no such path. */
export function methodsOfPath(api: Api): (path: string) => string[] {
  let routes: { method: string; path: RegExp }[] | null = null;
  return (path) => {
    routes ??= api.routes
      .filter(({ path }) => !path.includes("*"))
      .map(({ method, path }) => ({ method, path: patternOf(path) }));
    const methods = new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method));
    methods.delete("ALL");
    if (methods.size === 0) return [];
    if (methods.has("GET")) methods.add("HEAD");
    methods.add("OPTIONS");
    return [...methods].sort();
  };
}

/** A path of Hono's as a regular expression: `/accounts/:account_id`. */
function patternOf(path: string): RegExp {
  const segments = path.split("/").map((segment) => (segment.startsWith(":") ? "[^/]+" : RegExp.escape(segment)));
  return new RegExp(`^${segments.join("/")}$`);
}
