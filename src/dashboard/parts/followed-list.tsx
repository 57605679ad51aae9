import type { PropsWithChildren } from "hono/jsx";
import { following } from "./elements";

/**
 * A list that follows by itself, and an empty place beside it, where app.js opens what the list holds.
 *
 * @param view the list's URL, to be asked again and again; null for a page that stays as it is
 */
export function FollowedList({ view, children }: PropsWithChildren<{ view: string | null }>) {
  return (
    <div class="followed">
      <div id="list" {...(view !== null && following("list", view, 5))}>
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
