import type { PropsWithChildren } from "hono/jsx";
import { following } from "./elements";
import { sinceOf } from "./follow";

/**
 * A list that follows by itself, and an empty place beside it, where app.js opens what the list holds.
 *
 * @param view the list's URL, to be asked again and again; null for a page that stays as it is
 * @param now when the list was read
 */
export function FollowedList({ view, now, children }: PropsWithChildren<{ view: string | null; now: number }>) {
  return (
    <div class="followed">
      <div id="list" {...(view !== null && { ...following("list", view, 5), "data-since": sinceOf(now) })}>
        {children}
      </div>
      <section id="beside" hidden tabindex={-1}>
        <button type="button" class="secondary outline">
          Close
        </button>
        <div></div>
      </section>
    </div>
  );
}
