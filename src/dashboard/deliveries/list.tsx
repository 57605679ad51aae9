import { type Delivery, hasNewDeliveries, listDeliveries } from "../../deliveries/reading/read-deliveries";
import { isId, parseDeliveryId } from "../../vocabulary/ids";
import { DELIVERY_REASONS, DELIVERY_STATES } from "../../vocabulary/states";
import { Ago, Empty, EventType, Foreign, Id, Notice, State } from "../parts/elements";
import {
  AccountField,
  ChoiceField,
  FilterProblems,
  type Filters,
  readFilters,
  SearchCut,
  statusFilter,
  TextField,
  TimeFields,
  textFilter,
  timeFilter,
  wordFilter,
} from "../parts/filters";
import { newsAskedFor, nothingNew } from "../parts/follow";
import { FollowedList } from "../parts/followed-list";
import { PostForm } from "../parts/forms";
import { page } from "../parts/page";
import { Chips, Pager, viewOf } from "../parts/paging";
import { redirect } from "../parts/redirect";
import { listScope, mayChange, type PageContext, type Viewer } from "../session/viewer";

const PAGE_SIZE = 25;
/** Each takes round trips of its own, and an invocation has 50. */
export const MOST_SELECTED = 15;

const FILTERS = {
  destination_id: textFilter("Destination"),
  state: wordFilter("State", DELIVERY_STATES),
  reason: wordFilter("Reason", DELIVERY_REASONS),
  status_code: statusFilter("Status"),
  event_type: textFilter("Type"),
  from: timeFilter("From"),
  to: timeFilter("To"),
};

/** The list of deliveries, with its filters in the URL. Searching for the whole id of a delivery or an event opens it. */
export async function deliveriesPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const path = `${viewer.base}/deliveries`;
  const filters = readFilters(viewer, query, FILTERS);
  if (Object.keys(filters.errors).length > 0) {
    return page(c, {
      title: "Deliveries",
      status: 400,
      children: (
        <>
          <FilterBar viewer={viewer} filters={filters} path={path} />
          <FilterProblems {...filters} />
        </>
      ),
    });
  }
  const { account_id, destination_id = "", status_code, event_type, ...rest } = filters.values;
  if (parseDeliveryId(destination_id)) return redirect(c, `${path}/${destination_id}`);
  if (isId("evt", destination_id)) return redirect(c, `${viewer.base}/events/${destination_id}`);
  const account = listScope(viewer, account_id);
  const filter = {
    destinationId: destination_id || undefined,
    statusCode: status_code,
    eventType: event_type,
    ...rest,
  };
  const news = newsAskedFor(c);
  if (news && !(await hasNewDeliveries(gateway, account, filter, news))) return nothingNew(c);
  const now = gateway.now();
  const list = await listDeliveries(gateway, account, filter, { cursor: query.cursor ?? null, limit: PAGE_SIZE });
  const { cursor: _, sent: _sent, ...view } = query;
  return page(c, {
    title: "Deliveries",
    children: (
      <>
        <FilterBar viewer={viewer} filters={filters} path={path} />
        <SelectionSent sent={query.sent} />
        <Chips path={path} filters={filters.chips} />
        <FollowedList view={query.cursor ? null : viewOf(path, view)} now={now}>
          {list.deliveries.length === 0 && filters.chips.length > 0 ? (
            <Empty>No delivery matches the filters. Remove one, or look further back.</Empty>
          ) : (
            <DeliveryTable
              viewer={viewer}
              deliveries={list.deliveries}
              now={now}
              back={viewOf(path, { ...query, sent: undefined })}
            />
          )}
          <SearchCut back={list.searchedBackTo} />
          <Pager path={path} query={{ ...query, sent: "" }} next={list.nextCursor} />
        </FollowedList>
      </>
    ),
  });
}

function SelectionSent({ sent }: { sent: string | undefined }) {
  const [, count, selected] = /^(\d{1,3})(?: of (\d{1,4}))?$/.exec(sent ?? "") ?? [];
  if (count === undefined || selected === "0") return null;
  const under = count === "1" ? "1 delivery is" : `${count} deliveries are`;
  if (selected === undefined) return <Notice tone="good">{under} under way again.</Notice>;
  return (
    <Notice tone={count === "0" ? "bad" : "wait"}>
      {count === "0" ? "Nothing was sent again" : `${under} under way again, of ${selected} that were selected`}: at
      most {MOST_SELECTED} go at a time, and none whose destination is paused, disabled or removed, or that is being
      attempted just now.
    </Notice>
  );
}

function FilterBar({ viewer, filters, path }: { viewer: Viewer; filters: Filters<unknown>; path: string }) {
  return (
    <form method="get" action={path} class="filters">
      <AccountField viewer={viewer} filters={filters} />
      <TextField
        filters={filters}
        name="destination_id"
        label="Destination or delivery"
        placeholder="dst_… or dlv_…"
        data-search
      />
      <ChoiceField filters={filters} name="state" label="State" any="any" words={DELIVERY_STATES} />
      <ChoiceField filters={filters} name="reason" label="Reason" any="any" words={DELIVERY_REASONS} />
      <TextField
        filters={filters}
        name="status_code"
        label="Status code"
        inputmode="numeric"
        pattern=" *[0-9]{1,3} *"
      />
      <TextField filters={filters} name="event_type" label="Type" placeholder="order.paid" />
      <TimeFields filters={filters} />
      <button type="submit">Filter</button>
    </form>
  );
}

function Next({ at, now }: { at: number; now: number }) {
  return (
    <>
      next <Ago at={at} now={now} />
    </>
  );
}

/** Deliveries as every list shows them: type, id, state, destination, account, attempts, last answer, time. */
export function DeliveryTable(props: {
  viewer: Viewer;
  deliveries: Delivery[];
  now: number;
  /** The view to come back to after a selection was sent again; without it nothing can be selected. */
  back?: string;
}) {
  const { viewer, deliveries, now, back } = props;
  if (deliveries.length === 0)
    return <Empty>No delivery here. Send an event to an account that has a destination.</Empty>;
  const selectable = back !== undefined && mayChange(viewer);
  const table = (
    <table>
      <thead>
        <tr>
          {selectable ? (
            <th>
              <span class="visually-hidden">Select</span>
            </th>
          ) : null}
          <th>Type</th>
          <th>Delivery</th>
          <th>State</th>
          <th>To</th>
          {viewer.kind === "operator" ? <th>Account</th> : null}
          <th class="number">Attempts</th>
          <th class="number">Last answer</th>
          <th>When</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <tr data-row id={delivery.deliveryId} {...(delivery.state === "pending" && { "data-waits": "" })}>
            {selectable ? (
              <td>
                <input
                  type="checkbox"
                  name="delivery_id"
                  value={delivery.deliveryId}
                  aria-label={`Select ${delivery.deliveryId}`}
                />
              </td>
            ) : null}
            <td>
              <EventType of={delivery.eventType} />
            </td>
            <td>
              <Id of={delivery.deliveryId} href={`${viewer.base}/deliveries/${delivery.deliveryId}`} />
            </td>
            <td>
              <State of={delivery.state} />
              {delivery.reason === null || delivery.reason === "attempts_exhausted" ? null : (
                <span class="muted"> {delivery.reason.replaceAll("_", " ")}</span>
              )}
              {delivery.state === "pending" && delivery.destinationPaused ? (
                <span class="muted"> destination paused</span>
              ) : null}
              {delivery.nextAttemptAt === null ? null : (
                <span class="muted">
                  {" "}
                  {delivery.nextAttemptAt <= now ? "due now" : <Next at={delivery.nextAttemptAt} now={now} />}
                </span>
              )}
            </td>
            <td class="where">
              {delivery.httpMethod} <Foreign text={delivery.url ?? "a removed destination"} />
            </td>
            {viewer.kind === "operator" ? (
              <td>
                <Id of={delivery.accountId} href={`${viewer.base}/accounts/${delivery.accountId}`} />
              </td>
            ) : null}
            <td class="number">{delivery.attemptCount}</td>
            <td class="number">{delivery.lastStatusCode ?? "–"}</td>
            <td>
              <Ago at={delivery.createdAt} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!selectable) return <div class="scroll">{table}</div>;
  return (
    <PostForm action={`${viewer.base}/deliveries/redeliver`}>
      <input type="hidden" name="back" value={back} />
      <div class="scroll">{table}</div>
      <button type="submit" class="secondary">
        Send the selected again
      </button>
      <small class="muted"> At most {MOST_SELECTED} at a time.</small>
    </PostForm>
  );
}
