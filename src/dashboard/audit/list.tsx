/** The audit trail: who changed what. An operator's, and a tenant's of its own account. */
import { AUDIT_ACTIONS } from "../../audit/actions";
import { type AuditEntry, listEntries } from "../../audit/read-audit";
import { within } from "../../vocabulary/account-scope";
import { isId } from "../../vocabulary/ids";
import { Ago, Empty, Foreign, Id } from "../parts/elements";
import { FilterProblems, type Filters, readFilters, textFilter, timeFilter, wordFilter } from "../parts/filters";
import { page } from "../parts/page";
import { Chips, Pager } from "../parts/paging";
import { type PageContext, scopeOf, type Viewer } from "../session/viewer";

const PAGE_SIZE = 25;

type AuditFilters = { action: (typeof AUDIT_ACTIONS)[number]; actor: string; target: string; from: number; to: number };

/** Every change, newest first. */
export async function auditPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const path = `${viewer.base}/audit`;
  const filters = readFilters<AuditFilters>(viewer, query, {
    action: wordFilter("Action", AUDIT_ACTIONS),
    actor: textFilter("By"),
    target: textFilter("Id"),
    from: timeFilter("From"),
    to: timeFilter("To"),
  });
  const { account_id, ...filter } = filters.values;
  const account = within(scopeOf(viewer), account_id);
  const wrong = Object.keys(filters.errors).length > 0;
  const cursor = isId("aud", query.cursor ?? "") ? query.cursor : undefined;
  const list = wrong ? null : await listEntries(gateway, account, filter, { cursor, limit: PAGE_SIZE });
  return page(c, {
    title: "Audit trail",
    status: wrong ? 400 : 200,
    children: (
      <>
        <FilterBar viewer={viewer} filters={filters} path={path} />
        {list === null ? (
          <FilterProblems {...filters} />
        ) : (
          <>
            <Chips path={path} filters={filters.chips} />
            {list.entries.length > 0 ? (
              <EntryTable viewer={viewer} entries={list.entries} now={gateway.now()} />
            ) : (
              <Empty>Nothing was changed, as far as this list goes back.</Empty>
            )}
            <Pager path={path} query={query} next={list.nextCursor} />
          </>
        )}
      </>
    ),
  });
}

type BarProps = { viewer: Viewer; filters: Filters<AuditFilters & { account_id: string }>; path: string };

function FilterBar({ viewer, filters: { given }, path }: BarProps) {
  return (
    <form method="get" action={path} class="filters">
      {viewer.kind === "operator" ? (
        <label>
          Account
          <input name="account_id" value={given.account_id} />
        </label>
      ) : null}
      <label>
        Action
        <select name="action">
          <option value="">any</option>
          {AUDIT_ACTIONS.map((action) => (
            <option value={action} selected={given.action === action}>
              {wordsOf(action)}
            </option>
          ))}
        </select>
      </label>
      <label>
        By
        <input name="actor" value={given.actor} placeholder="key_…, lnk_… or e-mail" />
      </label>
      <label>
        Id of what was changed
        <input name="target" value={given.target} placeholder="dst_…" />
      </label>
      <button type="submit">Filter</button>
    </form>
  );
}

function EntryTable({ viewer, entries, now }: { viewer: Viewer; entries: AuditEntry[]; now: number }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Who</th>
            <th>What</th>
            {viewer.kind === "operator" ? <th>Account</th> : null}
            <th>Changes</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr data-row>
              <td>
                <Ago at={entry.at} now={now} />
              </td>
              <td>
                <Who viewer={viewer} entry={entry} />
              </td>
              <td>
                {wordsOf(entry.action)} <Id of={entry.target} />
              </td>
              {viewer.kind === "operator" ? (
                <td>{entry.accountId === null ? "–" : <Id of={entry.accountId} />}</td>
              ) : null}
              <td class="cut-short">
                <Changes entry={entry} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A tenant learns that an operator did it, and not which one, nor from where. */
function Who({ viewer, entry: { actor } }: { viewer: Viewer; entry: AuditEntry }) {
  if (viewer.kind === "tenant" && actor.kind === "operator") return <span class="muted">an operator</span>;
  return (
    <>
      {actor.name === actor.id && actor.id.length > 20 ? <Id of={actor.id} /> : <Foreign text={actor.name} />}
      <div class="muted">
        by {actor.via === "api" ? "API" : actor.via}
        {actor.address === "" ? "" : `, ${actor.address}`}
      </div>
    </>
  );
}

/** More names than these would make the row wide. */
const MOST_NAMES = 3;

function Changes({ entry: { before, after } }: { entry: AuditEntry }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return <span class="muted">–</span>;
  return (
    <details>
      <summary>
        {names
          .slice(0, MOST_NAMES)
          .map((name) => name.replaceAll("_", " "))
          .join(", ")}
        {names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""}
      </summary>
      <dl>
        {names.map((name) => (
          <>
            <dt>{name}</dt>
            <dd>
              {before === null ? null : (
                <>
                  <del>
                    <Foreign text={textOf(before[name])} />
                  </del>{" "}
                </>
              )}
              <Foreign text={textOf(after?.[name])} />
            </dd>
          </>
        ))}
      </dl>
    </details>
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function wordsOf(action: string): string {
  return action.replaceAll("_", " ").replace(".", ": ");
}
