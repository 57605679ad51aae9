import { wakeDestination } from "../../deliveries/wake-ups";
import { type Change, pause, resume } from "../../destinations/activation";
import { changeDestination } from "../../destinations/change-destination";
import type { Destination } from "../../destinations/destination";
import { reachedAt } from "../../env";
import { readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { destinationInView } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";

export function enableDestination(c: PageContext) {
  return switchTo(c, "enabled", () => ({ enabled: true }));
}

export function disableDestination(c: PageContext) {
  return switchTo(c, "disabled", () => ({ enabled: false }));
}

export function pauseDestination(c: PageContext) {
  return switchTo(c, "paused", pause);
}

export function resumeDestination(c: PageContext) {
  return switchTo(c, "resumed", resume);
}

async function switchTo(c: PageContext, state: string, change: (stored: Destination) => Change) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const { base } = c.get("viewer");
  const changed = await changeDestination(reachedAt(acting(c), c.req.url), destination.destinationId, change);
  if (changed.kind === "unknown") return notFoundPage(c, "destination");
  if (changed.kind === "changed") {
    if (changed.switched) await wakeDestination(c.get("gateway"), destination.destinationId);
    const back = textOf(await readForm(c), "back");
    if (changed.destination.enabled && back.startsWith(`${base}/deliveries/`)) return redirect(c, back);
  }
  const done = {
    changed: state,
    changed_meanwhile: "meanwhile",
    unfit: "unfit",
    stopped_by_operator: "by_operator",
    account_suspended: "suspended",
  }[changed.kind];
  return redirect(c, `${base}/destinations/${destination.destinationId}?done=${done}`);
}
