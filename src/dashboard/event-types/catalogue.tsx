/** An account's catalogue: what its event types are. Operators keep it; tenants read in it what they may subscribe to. */
import { type KeptType, SEEN_IN_EVENTS, type SeenType } from "../../catalogues/catalogue";
import { listTypes } from "../../catalogues/read-catalogue";
import { removeType } from "../../catalogues/remove-type";
import { isEventType } from "../../event-types/event-type";
import { parseExact } from "../../json/exact";
import { timeOfId } from "../../vocabulary/ids";
import type { Validation } from "../../vocabulary/validation";
import { Ago, At, Empty, Foreign, Notice } from "../parts/elements";
import { PostForm, readForm, textOf } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import { crumbsOf, homeOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { accountInView, acting, mayChange, type PageContext } from "../session/viewer";

const PAGE_SIZE = 25;
const DONE: Record<string, string> = { saved: "Saved.", removed: "The type is not kept any more." };

/** What becomes of an event that breaks the schema. */
export const CONSEQUENCES: Record<Validation, string> = {
  off: "nothing: the schema is not checked",
  flag: "it is taken in and marked",
  reject: "it is refused, with 422",
};

export async function cataloguePage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const accountId = accountInView(viewer, c.req.param("account_id"));
  const cursor = isEventType(c.req.query("cursor") ?? "") ? c.req.query("cursor") : undefined;
  const list = accountId === undefined ? null : await listTypes(gateway, accountId, { cursor, limit: PAGE_SIZE });
  if (accountId === undefined || list === null) return notFoundPage(c, "account");
  const path = `${homeOf(c, accountId)}/event-types`;
  const keeps = viewer.kind === "operator" && mayChange(viewer);
  const done = DONE[c.req.query("done") ?? ""];
  return page(c, {
    title: "Event types",
    crumbs: crumbsOf(c, accountId, { label: "Event types" }),
    action: keeps ? (
      <a class="button" href={`${path}/edit`}>
        Describe a type
      </a>
    ) : null,
    children: (
      <>
        {done ? <Notice tone="good">{done}</Notice> : null}
        <p>What kinds of events this account sends. A destination subscribes to types by these names.</p>
        {list.types.length === 0 ? (
          <Empty>No event type is described yet.</Empty>
        ) : (
          list.types.map((type) => <TypeDetails type={type} path={keeps ? path : null} />)
        )}
        {list.nextCursor === null ? null : (
          <p>
            <a href={viewOf(path, { cursor: list.nextCursor })} rel="next">
              More types
            </a>
          </p>
        )}
        <h2>Seen, and not described</h2>
        {list.seen.length === 0 ? (
          <p class="muted">Of the last {SEEN_IN_EVENTS} events, every type is described above, or there is none.</p>
        ) : (
          <SeenTable seen={list.seen} base={viewer.base} path={keeps ? path : null} now={gateway.now()} />
        )}
      </>
    ),
  });
}

export async function postTypeRemoval(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const removed = await removeType(acting(c), accountId, textOf(await readForm(c), "event_type"));
  return removed ? redirect(c, `${homeOf(c, accountId)}/event-types?done=removed`) : notFoundPage(c, "event type");
}

/** `path` is where it can be changed; null for who may not. */
function TypeDetails({ type, path }: { type: KeptType; path: string | null }) {
  return (
    <details class="event-type">
      <summary>
        <Foreign text={type.type} />{" "}
        <span class="muted">
          {type.description}
          {type.validation === "off" ? null : " (checked)"}
        </span>
      </summary>
      {type.schema === null ? null : (
        <>
          <p>If an event breaks this schema: {CONSEQUENCES[type.validation]}.</p>
          <Json label="Schema" text={type.schema} />
        </>
      )}
      {type.example === null ? null : <Json label="Example" text={type.example} />}
      <p class="muted">
        Changed <At at={type.updatedAt} />
      </p>
      {path === null ? null : (
        <div class="actions">
          <a href={viewOf(`${path}/edit`, { type: type.type })}>Edit</a>
          <details class="sure">
            <summary aria-label={`Remove the type ${type.type}`}>Remove</summary>
            <PostForm action={`${path}/remove`} class="inline">
              <input type="hidden" name="event_type" value={type.type} />
              <p>Events of this type are checked no more.</p>
              <button type="submit" class="danger">
                Remove <Foreign text={type.type} />
              </button>
            </PostForm>
          </details>
        </div>
      )}
    </details>
  );
}

function Json({ label, text }: { label: string; text: string }) {
  return (
    <figure>
      <figcaption>{label}</figcaption>
      <pre>
        <code>{JSON.stringify(parseExact(text), null, 2)}</code>
      </pre>
    </figure>
  );
}

function SeenTable(props: { seen: SeenType[]; base: string; path: string | null; now: number }) {
  const { path } = props;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Type</th>
            <th class="number">Events</th>
            <th>Last seen</th>
            {path === null ? null : (
              <th>
                <span class="visually-hidden">Keep</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {props.seen.map(({ type, count, lastEventId }) => (
            <tr data-row>
              <td>
                <a href={`${props.base}/events/${lastEventId}`}>
                  <Foreign text={type} />
                </a>
              </td>
              <td class="number">{count}</td>
              <td>
                <Ago at={timeOfId(lastEventId)} now={props.now} />
              </td>
              {path === null ? null : (
                <td>
                  <a href={viewOf(`${path}/edit`, { type, event_id: lastEventId })}>Keep</a>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
