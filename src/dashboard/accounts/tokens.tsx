/** An account's tokens on its page, for operators only: when made, until when, and a way to revoke each. */
import { revokeToken } from "../../accounts/revoke-token";
import type { Token } from "../../accounts/token";
import { Ago, At, Empty, Id } from "../parts/elements";
import { PostForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";

export function Tokens(props: { path: string; tokens: Token[]; now: number; revocable: boolean }) {
  return (
    <>
      <h2 id="tokens">Tokens</h2>
      {props.tokens.length > 0 ? (
        <TokenTable {...props} />
      ) : (
        <Empty>No token works, so this account can send nothing. Rotate the token to get one.</Empty>
      )}
    </>
  );
}

export async function postTokenRevocation(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const revoked = await revokeToken(acting(c), accountId, c.req.param("token_id") ?? "");
  if (!revoked) return notFoundPage(c, "token");
  return redirect(c, `/dashboard/accounts/${accountId}?done=token_revoked`);
}

function TokenTable(props: { path: string; tokens: Token[]; now: number; revocable: boolean }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Token</th>
            <th>Ends with</th>
            <th>Made</th>
            <th>Works until</th>
            {props.revocable ? (
              <th>
                <span class="visually-hidden">Revoke</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {props.tokens.map(({ tokenId, lastFour, createdAt, expiresAt }) => (
            <tr>
              <td>
                <Id of={tokenId} />
              </td>
              <td>{lastFour === null ? <span class="muted">not kept</span> : <code>…{lastFour}</code>}</td>
              <td>
                <Ago at={createdAt} now={props.now} />
              </td>
              <td>{expiresAt === null ? "it is rotated" : <At at={expiresAt} />}</td>
              {props.revocable ? (
                <td>
                  <details class="sure">
                    <summary aria-label={`Revoke the token ${tokenId}`}>Revoke</summary>
                    <PostForm action={`${props.path}/tokens/${tokenId}/revoke`} class="inline">
                      <p>Whoever sends with it is refused at once.</p>
                      <button type="submit" class="danger">
                        Revoke this token
                      </button>
                    </PostForm>
                  </details>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
