import type { Account } from "../../accounts/account";
import { listAccounts } from "../../accounts/read-accounts";
import { Ago, Empty, Foreign, Id } from "../parts/elements";
import { page } from "../parts/page";
import { Chips, Pager } from "../parts/paging";
import { mayChange, type PageContext, scopeOf, type Viewer } from "../session/viewer";

const PAGE_SIZE = 50;
const SEARCH_MAX = 200;

/** The list of accounts, searched by id, name and e-mail. */
export async function accountsPage(c: PageContext) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const query = c.req.query();
  const search = query.q?.trim().slice(0, SEARCH_MAX) || undefined;
  const list = await listAccounts(gateway, scopeOf(viewer), {
    search,
    cursor: /^\d{1,15}$/.test(query.cursor ?? "") ? Number(query.cursor) : undefined,
    limit: PAGE_SIZE,
  });
  const path = `${viewer.base}/accounts`;
  return page(c, {
    title: "Accounts",
    action: <NewAccount viewer={viewer} />,
    children: (
      <>
        <form method="get" action={path} class="filters">
          <label class="wide">
            Id, name or e-mail
            <input type="search" name="q" value={search} maxlength={SEARCH_MAX} data-search />
          </label>
          <button type="submit">Search</button>
        </form>
        <Chips path={path} filters={[{ name: "q", label: "Search", value: search }]} />
        {list.accounts.length > 0 ? (
          <AccountTable viewer={viewer} accounts={list.accounts} now={gateway.now()} />
        ) : search === undefined ? (
          <Empty>
            No account yet. Each sender of events has one, with a token and destinations of its own.{" "}
            {mayChange(viewer) ? <NewAccount viewer={viewer} /> : "Ask someone with an admin key to create one."}
          </Empty>
        ) : (
          <Empty>
            No account's id, name or e-mail contains “<Foreign text={search} />
            ”.
          </Empty>
        )}
        <Pager path={path} query={query} next={list.nextCursor} />
      </>
    ),
  });
}

function NewAccount({ viewer }: { viewer: Viewer }) {
  return (
    <a class="button" href={`${viewer.base}/new-account`}>
      Create an account
    </a>
  );
}

function AccountTable({ viewer, accounts, now }: { viewer: Viewer; accounts: Account[]; now: number }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Account</th>
            <th>Id</th>
            <th>E-mail</th>
            <th>Created</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <tr data-row>
              <td class="where">
                <a href={`${viewer.base}/accounts/${account.accountId}`}>
                  <Foreign text={account.accountName} />
                </a>
              </td>
              <td>
                <Id of={account.accountId} />
              </td>
              <td class="cut-short">
                <Foreign text={account.email} />
              </td>
              <td>
                <Ago at={account.createdAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
