/** The small parts that every page is made of. */
import type { Child, PropsWithChildren } from "hono/jsx";
import type { DeliveryState } from "../../vocabulary/states";
import { visible } from "./visible";

const SIGNS: Record<string, { sign: string; tone: "good" | "bad" | "wait" | "calm" }> = {
  delivered: { sign: "✓", tone: "good" },
  pending: { sign: "…", tone: "wait" },
  exhausted: { sign: "✕", tone: "bad" },
  discarded: { sign: "–", tone: "calm" },
  filtered: { sign: "○", tone: "calm" },
  not_subscribed: { sign: "○", tone: "calm" },
  made_later: { sign: "○", tone: "calm" },
  not_sent: { sign: "○", tone: "calm" },
  waiting: { sign: "…", tone: "wait" },
  success: { sign: "✓", tone: "good" },
  enabled: { sign: "✓", tone: "good" },
  failing: { sign: "!", tone: "bad" },
  paused: { sign: "‖", tone: "wait" },
  breaks_its_schema: { sign: "!", tone: "bad" },
  disabled: { sign: "–", tone: "calm" },
  running: { sign: "…", tone: "wait" },
  finished: { sign: "✓", tone: "good" },
  cancelled: { sign: "–", tone: "calm" },
};

/** An outcome: always a sign and a word, never colour alone. */
export function State({ of }: { of: string }) {
  const { sign, tone } = SIGNS[of] ?? { sign: "✕", tone: "bad" };
  return (
    <span class={`state ${tone}`}>
      <span aria-hidden="true">{sign}</span> {of.replaceAll("_", " ")}
    </span>
  );
}

/** An event's deliveries, counted by state. */
export function Counts({ counts }: { counts: Record<DeliveryState, number> }) {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  if (some.length === 0) return <span class="muted">no destination</span>;
  return (
    <span class="counts">
      {some.map(([state, count]) => (
        <span class={`state ${SIGNS[state]?.tone}`}>
          <span aria-hidden="true">{SIGNS[state]?.sign}</span> {count} {state}
        </span>
      ))}
    </span>
  );
}

/** The type of an event, which it need not have. */
export function EventType({ of }: { of: string | null }) {
  return of === null ? <span class="muted">no type</span> : <Foreign text={of} />;
}

/** A time as lists show it: relative, exact in the title. */
export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={exactly(at)}>
      {relative(at, now)}
    </time>
  );
}

/** A time as detail pages show it: exact, with its zone. */
export function At({ at }: { at: number }) {
  return <time datetime={new Date(at).toISOString()}>{exactly(at)}</time>;
}

export function exactly(at: number): string {
  return `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

/** `3 min ago`, `in 28 min`. */
export function relative(at: number, now: number): string {
  const span = spanOf(Math.abs(at - now));
  if (span === "now") return "just now";
  return at <= now ? `${span} ago` : `in ${span}`;
}

function spanOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.round(hours / 24)} d`;
}

/** `812 B`, `4.1 kB`: a size as people read it. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/**
 * A name, a URL or whatever else somebody wrote in one line: in a direction of its own, and with what cannot be seen in
 * it written out, so that it neither turns what stands around it nor looks like another.
 */
export function Foreign({ text }: { text: string }) {
  return <bdi>{visible(text)}</bdi>;
}

/** An id: short, whole on hover and on copy. */
export function Id({ of, href }: { of: string; href?: string | undefined }) {
  const short = MADE_ID.test(of) ? `${of.slice(0, 4)}…${of.slice(of.startsWith("dlv_") ? -12 : -8)}` : of;
  const text = (
    <code class="id" title={of}>
      {visible(short)}
    </code>
  );
  return href === undefined ? text : <a href={href}>{text}</a>;
}

/** An id that we made. A delivery's ends with its destination's, and shows a bit of its event's as well. */
const MADE_ID = /^[a-z]{3}_[0-9A-Z]{20,}$/;

/** Text with a button that copies it. */
export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <button type="button" class="copy secondary outline" data-copy={text} aria-label={`Copy ${label}`}>
      Copy
    </button>
  );
}

/** Something that is shown this once. */
export function Once({ title, secret, children }: PropsWithChildren<{ title: string; secret: string }>) {
  return (
    <section class="once" aria-label={title}>
      <strong>{title}</strong>
      <p>Keep it now: after a few minutes it cannot be shown again.</p>
      <p class="secret">
        <code>{secret}</code> <Copy text={secret} label={title} />
      </p>
      {children}
    </section>
  );
}

/** What an empty list says: what to do first. */
export function Empty({ children }: PropsWithChildren) {
  return <p class="empty">{children}</p>;
}

/** A message at the top of a page: what happened, or what is wrong. */
export function Notice({ tone, children }: PropsWithChildren<{ tone: "good" | "bad" | "wait" | "calm" }>) {
  return (
    <p class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </p>
  );
}

/** A field with its label, its help and what is wrong with it. */
export function Field(
  props: PropsWithChildren<{ name: string; label: Child; help?: Child; error?: string | undefined }>,
) {
  return (
    <div class="field">
      <label for={props.name}>{props.label}</label>
      {props.children}
      {props.help ? <small id={`${props.name}-help`}>{props.help}</small> : null}
      {props.error ? (
        <small id={`${props.name}-error`} class="error" role="alert">
          {props.error}
        </small>
      ) : null}
    </div>
  );
}

/** What an input of a `Field` needs so that its help and its error are read with it. */
export function described(name: string, error: string | undefined, helped = false) {
  const by = [...(helped ? [`${name}-help`] : []), ...(error === undefined ? [] : [`${name}-error`])];
  return {
    id: name,
    name,
    ...(error !== undefined && { "aria-invalid": "true" as const }),
    ...(by.length > 0 && { "aria-describedby": by.join(" ") }),
  };
}

/** What makes the element of this id ask for itself again and again, and change where the answer differs. */
export function following(id: string, view: string, seconds: number) {
  return { "hx-get": view, "hx-trigger": `every ${seconds}s`, "hx-select": `#${id}`, "hx-swap": "outerMorph" };
}

/** A table of facts. */
export function Facts({ facts }: { facts: [label: string, value: Child][] }) {
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
