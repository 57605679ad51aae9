import type { PageContext } from "../session/viewer";

/**
 * Answers with 303 See Other: the browser asks for `path` with GET. Whatever a header cannot hold, such as a line break
 * that came in by the URL or a form, is percent-encoded.
 *
 * @param path on this site, with its query
 */
export function redirect(c: PageContext, path: string): Response {
  return c.redirect(path.toWellFormed().replace(/[^!-~]/gu, encodeURIComponent), 303);
}
