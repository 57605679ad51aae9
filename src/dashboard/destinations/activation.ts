import { wakeDestination } from "../../deliveries/wake-ups";
import { changeDestination } from "../../destinations/change-destination";
import { reachedAt } from "../../env";
import { readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { destinationInView } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";

export function enableDestination(c: PageContext) {
  return switchTo(c, true);
}

export function disableDestination(c: PageContext) {
  return switchTo(c, false);
}

async function switchTo(c: PageContext, enabled: boolean) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const changed = await changeDestination(reachedAt(acting(c), c.req.url), destination.destinationId, () => ({
    enabled,
  }));
  if (changed.kind === "unknown") return notFoundPage(c, "destination");
  if (changed.kind === "changed" && changed.switched)
    await wakeDestination(c.get("gateway"), destination.destinationId);
  const done = {
    changed: enabled ? "enabled" : "disabled",
    changed_meanwhile: "meanwhile",
    unfit: "unfit",
    disabled_by_operator: "by_operator",
    account_suspended: "suspended",
  }[changed.kind];
  const { base } = c.get("viewer");
  const back = textOf(await readForm(c), "back");
  if (done === "enabled" && back.startsWith(`${base}/deliveries/`)) return redirect(c, back);
  return redirect(c, `${base}/destinations/${destination.destinationId}?done=${done}`);
}
