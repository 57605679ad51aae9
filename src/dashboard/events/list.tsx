import { type Event, hasNewEvents, listEvents } from "../../events/read-events";
import { isId, parseDeliveryId } from "../../vocabulary/ids";
import { DELIVERY_STATES } from "../../vocabulary/states";
import { Ago, Counts, Empty, EventType, Id, State, sizeOf } from "../parts/elements";
import {
  AccountField,
  ChoiceField,
  FilterProblems,
  type Filters,
  readFilters,
  SearchCut,
  TextField,
  TimeFields,
  textFilter,
  timeFilter,
  wordFilter,
} from "../parts/filters";
import { newsAskedFor, nothingNew } from "../parts/follow";
import { FollowedList } from "../parts/followed-list";
import { page } from "../parts/page";
import { Chips, Pager, viewOf } from "../parts/paging";
import { redirect } from "../parts/redirect";
import { listScope, type PageContext, type Viewer } from "../session/viewer";
import { NoEvents } from "./first-event";

const PAGE_SIZE = 30;

const FILTERS = {
  state: wordFilter("State", DELIVERY_STATES),
  event_id: textFilter("Event"),
  event_type: textFilter("Type"),
  q: textFilter("Text"),
  from: timeFilter("From"),
  to: timeFilter("To"),
};

/** The list of events, with its filters in the URL. Searching for the whole id of an event or a delivery opens it. */
export async function eventsPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const path = `${viewer.base}/events`;
  for (const id of [query.event_id, query.q].map((text) => text?.trim() ?? "")) {
    if (isId("evt", id)) return redirect(c, `${path}/${id}`);
    if (parseDeliveryId(id)) return redirect(c, `${viewer.base}/deliveries/${id}`);
  }
  const filters = readFilters(viewer, query, FILTERS);
  if (Object.keys(filters.errors).length > 0) {
    return page(c, {
      title: "Events",
      status: 400,
      children: (
        <>
          <FilterBar viewer={viewer} filters={filters} path={path} />
          <FilterProblems {...filters} />
        </>
      ),
    });
  }
  const { account_id, q, event_id, event_type, ...rest } = filters.values;
  const account = listScope(viewer, account_id);
  const filter = { text: q, idPrefix: event_id, type: event_type, ...rest };
  const news = newsAskedFor(c);
  if (news && !(await hasNewEvents(gateway, account, filter, news))) return nothingNew(c);
  const now = gateway.now();
  const list = await listEvents(gateway, account, filter, {
    cursor: query.cursor && isId("evt", query.cursor) ? query.cursor : null,
    limit: PAGE_SIZE,
  });
  return page(c, {
    title: "Events",
    children: (
      <>
        <FilterBar viewer={viewer} filters={filters} path={path} />
        <Chips path={path} filters={filters.chips} />
        <FollowedList view={query.cursor ? null : viewOf(path, query)} now={now}>
          {list.events.length > 0 ? (
            <EventTable viewer={viewer} events={list.events} now={now} />
          ) : filters.chips.length > 0 ? (
            <Empty>No event matches the filters. Remove one, or look further back.</Empty>
          ) : (
            <NoEvents origin={new URL(c.req.url).origin} />
          )}
          <SearchCut back={list.searchedBackTo} />
          <Pager path={path} query={query} next={list.nextCursor} />
        </FollowedList>
      </>
    ),
  });
}

function FilterBar({ viewer, filters, path }: { viewer: Viewer; filters: Filters<unknown>; path: string }) {
  return (
    <form method="get" action={path} class="filters">
      <TextField
        filters={filters}
        name="q"
        label="Text in the payload, idempotency key or id"
        wide
        type="search"
        maxlength={200}
        data-search
      />
      <TextField filters={filters} name="event_id" label="Event" placeholder="evt_…" />
      <TextField filters={filters} name="event_type" label="Type" placeholder="order.paid" />
      <AccountField viewer={viewer} filters={filters} />
      <ChoiceField filters={filters} name="state" label="With a delivery" any="in any state" words={DELIVERY_STATES} />
      <TimeFields filters={filters} />
      <button type="submit">Filter</button>
    </form>
  );
}

/** Events as every list shows them: type, id, deliveries by state, account, size, time. */
export function EventTable({ viewer, events, now }: { viewer: Viewer; events: Event[]; now: number }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Type</th>
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
            <tr data-row id={event.eventId} {...(event.pending > 0 && { "data-waits": "" })}>
              <td>
                <EventType of={event.eventType} />
                {event.schemaErrors === null ? null : <State of="breaks_its_schema" />}
              </td>
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

export function countsOf({ pending, delivered, filtered, exhausted, discarded }: Event) {
  return { pending, delivered, filtered, exhausted, discarded };
}
