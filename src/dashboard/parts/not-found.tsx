import type { PageContext } from "../session/viewer";
import { Empty } from "./elements";
import { page } from "./page";

/** The same page whether it does not exist or is another account's. */
export function notFoundPage(c: PageContext, what: string) {
  return page(c, {
    title: "Not found",
    status: 404,
    children: <Empty>There is no such {what}. It may have been removed; look for it in its list.</Empty>,
  });
}
