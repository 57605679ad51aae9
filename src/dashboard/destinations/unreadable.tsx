import type { Unreadable } from "../../destinations/sealed";
import { Notice } from "../parts/elements";

const PART_WORDS: Record<Unreadable["parts"][number], string> = {
  url: "URL",
  headers: "headers",
  signing_secret: "signing secret",
};

/** Why nothing can be sent to a destination whose secrets do not open, and what helps. */
export function UnreadableNotice({ of: { parts, reason } }: { of: Unreadable }) {
  const rotate = parts.includes("signing_secret") ? "rotate the signing secret" : "";
  const edit = parts.length > (rotate === "" ? 0 : 1) ? "give URL and headers anew" : "";
  return (
    <Notice tone="bad">
      What is stored of its {parts.map((part) => PART_WORDS[part]).join(", ")} cannot be read, so its deliveries end as
      unsendable. {reason}. Otherwise {[edit, rotate].filter(Boolean).join(", and ")}.
    </Notice>
  );
}
