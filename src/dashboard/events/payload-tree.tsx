/**
 * JSON text as a tree that folds. Numbers and strings are shown as they were written; a member that comes twice is shown
 * once, so the text as received is always at hand beside the tree. A page stays small, whatever comes in.
 */

/** What is longer is not made a tree. */
const LONGEST_TREE = 40_000;
/** A tree shows so many nodes, and says how many it leaves out. */
const MOST_NODES = 120;
/** A single text is cut beyond this. */
const LONGEST_LEAF = 500;
/** Text beyond this is cut on the page. */
const LONGEST_TEXT = 4_000;
const OPEN_DEPTH = 2;

type Leaf = { kind: "string" | "number" | "word"; text: string };
type Inner = { kind: "object" | "array"; members: [name: string, value: Node][]; size: number };
type Node = Leaf | Inner;

/** @param whole where the text is as it was received, to be copied and saved; null where there is no such place */
export function Payload({ text, whole }: { text: string; whole: string | null }) {
  const tree = treeOf(text);
  return (
    <div class="payload">
      {whole === null ? null : (
        <p class="muted">
          <button type="button" class="copy secondary outline" data-copy-from={whole} aria-label="Copy the payload">
            Copy
          </button>{" "}
          <a href={whole}>Save as received</a>
        </p>
      )}
      {tree === null ? (
        <Flat text={text} />
      ) : (
        <>
          <div class="tree">
            <Branch node={tree} depth={0} />
          </div>
          <details>
            <summary>{whole === null ? "As text" : "As received"}</summary>
            <Flat text={text} />
          </details>
        </>
      )}
    </div>
  );
}

function Flat({ text }: { text: string }) {
  const cut = text.length > LONGEST_TEXT;
  return (
    <>
      <pre tabindex={0}>
        <code>{cut ? text.slice(0, LONGEST_TEXT) : text}</code>
      </pre>
      {cut ? (
        <p class="muted">
          The first {LONGEST_TEXT} characters of {text.length}.
        </p>
      ) : null}
    </>
  );
}

function Branch({ node, name, depth }: { node: Node; name?: string; depth: number }) {
  const label =
    name === undefined ? null : (
      <>
        <span class="name">{name}</span>:{" "}
      </>
    );
  if (!("members" in node)) {
    return (
      <div>
        {label}
        <span class={node.kind}>{node.text}</span>
      </div>
    );
  }
  const [opening, closing] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (node.size === 0) {
    return (
      <div>
        {label}
        {opening}
        {closing}
      </div>
    );
  }
  const left = node.size - node.members.length;
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary>
        {label}
        {opening} <i>{node.size}</i> {closing}
      </summary>
      {node.members.map(([member, value]) => (
        <Branch node={value} name={member} depth={depth + 1} />
      ))}
      {left > 0 ? <div class="muted">and {left} more, see the whole text</div> : null}
    </details>
  );
}

/** The text as nodes, as many as a page can hold; null when it is no JSON, or too much of it. */
function treeOf(text: string): Node | null {
  if (text.length > LONGEST_TREE) return null;
  try {
    return withinBudget(JSON.parse(text, keepSource));
  } catch {
    return null; // no JSON, or nested deeper than the stack
  }
}

/** Level by level, so that what is left out is what lies deepest. */
function withinBudget(value: unknown): Node {
  let left = MOST_NODES;
  const waiting: { value: object; node: Inner }[] = [];
  const nodeOf = (value: unknown): Node => {
    left--;
    if (value instanceof Leafed) return value.leaf;
    const size = Object.keys(value as object).length;
    const node: Inner = { kind: Array.isArray(value) ? "array" : "object", members: [], size };
    waiting.push({ value: value as object, node });
    return node;
  };
  const root = nodeOf(value);
  for (const { value, node } of waiting) {
    const name = node.kind === "array" ? String : JSON.stringify;
    for (const [member, inner] of Object.entries(value)) {
      if (left <= 0) break;
      node.members.push([cut(name(member)), nodeOf(inner)]);
    }
  }
  return root;
}

class Leafed {
  constructor(readonly leaf: Leaf) {}
}

/** `context.source` is the text of a scalar as it was written. https://github.com/tc39/proposal-json-parse-with-source */
function keepSource(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === "object" && value !== null) return value;
  const kind = typeof value === "string" ? "string" : typeof value === "number" ? "number" : "word";
  return new Leafed({ kind, text: cut(context?.source ?? String(value)) });
}

function cut(text: string): string {
  return text.length > LONGEST_LEAF ? `${text.slice(0, LONGEST_LEAF)}…` : text;
}
