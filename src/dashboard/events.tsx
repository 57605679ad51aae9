import { type Event, listEvents } from "../events/read-events";
import { isId } from "../vocabulary/ids";
import { DELIVERY_STATES } from "../vocabulary/states";
import { SearchCut, timesOf } from "./filters";
import { page } from "./page";
import { Ago, Chips, Counts, Empty, Id, Pager, sizeOf, viewOf } from "./parts";
import { accountInView, type PageContext, type Viewer } from "./viewer";

const PAGE_SIZE = 30;

/** The list of events, with its filters in the URL. An event's id leads straight to it. */
export async function eventsPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const path = `${viewer.base}/events`;
  const id = [query.event_id, query.q].map((text) => text?.trim() ?? "").find((text) => isId("evt", text));
  if (id) return c.redirect(`${path}/${id}`, 303);
  const list = await listEvents(
    gateway,
    {
      accountId: accountInView(viewer, query.account_id),
      state: DELIVERY_STATES.find((state) => state === query.state),
      text: query.q || undefined,
      idPrefix: query.event_id?.trim() || undefined,
      ...timesOf(query),
    },
    { cursor: query.cursor && isId("evt", query.cursor) ? query.cursor : null, limit: PAGE_SIZE },
  );
  const filtered = ["account_id", "state", "q", "event_id", "from", "to"].some((name) => query[name]);
  return page(c, {
    title: "Events",
    children: (
      <>
        <FilterBar viewer={viewer} query={query} path={path} />
        <Chips
          path={path}
          filters={[
            { name: "account_id", label: "Account", value: filterOfOperator(viewer, query.account_id) },
            { name: "state", label: "State", value: query.state },
            { name: "event_id", label: "Event", value: query.event_id },
            { name: "q", label: "Payload", value: query.q },
            { name: "from", label: "From", value: query.from },
            { name: "to", label: "To", value: query.to },
          ]}
        />
        <div
          id="list"
          {...(!query.cursor && {
            "hx-get": viewOf(path, query),
            "hx-trigger": "every 5s",
            "hx-select": "#list",
            "hx-swap": "outerMorph",
          })}
        >
          {list.events.length > 0 || !filtered ? (
            <EventTable viewer={viewer} events={list.events} now={gateway.now()} />
          ) : (
            <Empty>No event here passes the filters. Take one off, or look further back.</Empty>
          )}
          <SearchCut back={list.searchedBackTo} />
          <Pager path={path} query={query} next={list.nextCursor} />
        </div>
      </>
    ),
  });
}

function filterOfOperator(viewer: Viewer, accountId: string | undefined): string | undefined {
  return viewer.kind === "operator" ? accountId : undefined;
}

function FilterBar({ viewer, query, path }: { viewer: Viewer; query: Record<string, string>; path: string }) {
  return (
    <form method="get" action={path} class="filters">
      <label class="wide">
        Text in the payload
        <input type="search" name="q" value={query.q} maxlength={200} data-search />
      </label>
      <label>
        Event
        <input name="event_id" value={query.event_id} placeholder="evt_…" />
      </label>
      {viewer.kind === "operator" ? (
        <label>
          Account
          <input name="account_id" value={query.account_id} />
        </label>
      ) : null}
      <label>
        With a delivery
        <select name="state">
          <option value="">in any state</option>
          {DELIVERY_STATES.map((state) => (
            <option value={state} selected={query.state === state}>
              {state}
            </option>
          ))}
        </select>
      </label>
      <label>
        From (UTC)
        <input type="datetime-local" name="from" value={query.from} />
      </label>
      <label>
        To (UTC)
        <input type="datetime-local" name="to" value={query.to} />
      </label>
      <button type="submit">Filter</button>
    </form>
  );
}

/** Events as every list shows them: what, whose, what became of it, when. */
export function EventTable({ viewer, events, now }: { viewer: Viewer; events: Event[]; now: number }) {
  if (events.length === 0) return <NoEvents />;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Event</th>
            <th>Deliveries</th>
            {viewer.kind === "operator" ? <th>Account</th> : null}
            <th>Idempotency key</th>
            <th class="number">Size</th>
            <th>Received</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr data-row id={event.eventId}>
              <td>
                <Id of={event.eventId} href={`${viewer.base}/events/${event.eventId}`} />
              </td>
              <td>
                <Counts counts={countsOf(event)} />
              </td>
              {viewer.kind === "operator" ? (
                <td>
                  <Id of={event.accountId} href={`${viewer.base}/accounts/${event.accountId}`} />
                </td>
              ) : null}
              <td class="cut-short">{event.idempotencyKey ?? <span class="muted">none</span>}</td>
              <td class="number">{sizeOf(event.sizeBytes)}</td>
              <td>
                <Ago at={event.receivedAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What to do first. */
function NoEvents() {
  return (
    <Empty>
      No event yet. Send one with the account's token:{" "}
      <code>
        curl "$URL/server/incoming_data" -H "CL-X-TOKEN: $TOKEN" --json '{"{"}"hello":"world"{"}"}'
      </code>
    </Empty>
  );
}

export function countsOf({ pending, delivered, exhausted, discarded }: Event) {
  return { pending, delivered, exhausted, discarded };
}
