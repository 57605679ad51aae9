/** Which rotations of the gateway's own keys are under way. */
import type { SealingStatus } from "../../destinations/reseal";
import type { Signers } from "../../keys/read-signers";
import { Notice } from "../parts/elements";
import { grouped } from "../parts/numbers";

/** How far the rotation of the sealing keys is. */
export function Sealing({ status: { waiting, unreadable } }: { status: SealingStatus }) {
  if (waiting + unreadable === 0) return null;
  return (
    <Notice tone={unreadable > 0 ? "bad" : "wait"}>
      {waiting > 0
        ? `${grouped(waiting)} destinations are not under the first sealing key yet: keep the keys behind it. `
        : ""}
      {unreadable > 0
        ? `${grouped(unreadable)} destinations cannot be read: a sealing key is missing. Put it back, or edit them.`
        : ""}
    </Notice>
  );
}

/** How far the rotation of the token keys is. */
export function Signing({ by: { tokens, operator_keys, portal_links } }: { by: Signers }) {
  const of = (which: "older" | "unknown") => [tokens[which], operator_keys[which], portal_links[which]] as const;
  if ([...of("older"), ...of("unknown")].every((count) => count === 0)) return null;
  const words = ([ofTokens, ofKeys, ofLinks]: ReturnType<typeof of>) =>
    `${grouped(ofTokens)} tokens, ${grouped(ofKeys)} operators' keys, ${grouped(ofLinks)} portal links`;
  return (
    <Notice tone="wait">
      Signed by a token key behind the first, which has to stay for them: {words(of("older"))}. From before this was
      kept: {words(of("unknown"))}.
    </Notice>
  );
}
