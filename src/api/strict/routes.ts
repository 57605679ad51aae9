import type { RouteConfig } from "@hono/zod-openapi";
import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import * as z from "zod/v4";
import type { Api, AppEnv } from "../context";

/** The documented route that a request is for; null where there is none. */
export function documentedRoutes(api: Api): (c: Context<AppEnv>) => RouteConfig | null {
  let byKey: Map<string, RouteConfig> | null = null;
  return (c) => {
    byKey ??= new Map(
      api.openAPIRegistry.definitions.flatMap((one) =>
        one.type === "route" ? [[keyOf(one.route.method, routingPath(one.route.path)), one.route]] : [],
      ),
    );
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    for (const { path } of matchedRoutes(c).toReversed()) {
      const route = byKey.get(keyOf(method, path));
      if (route) return route;
    }
    return null;
  };
}

function keyOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

function routingPath(path: string): string {
  return path.replaceAll(/\{(.+?)\}/g, ":$1");
}

/** The schema of the JSON body that a route takes; null where it takes none. */
export function bodySchema(route: RouteConfig): z.ZodType | null {
  const content = route.request?.body?.content["application/json"];
  return content && "schema" in content && content.schema instanceof z.ZodType ? content.schema : null;
}
