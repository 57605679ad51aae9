/** What a search finds once, near the newest event or in the middle of all. */
export const RARE = { near: "a needle in the newest hay", deep: "a needle deep in the hay" };

/** What GitHub would tell of a push, shortened. */
export function payloadOf(n, message = "Mend what was broken", commits = 1) {
  const repository = `acme/${["gateway", "billing", "warehouse", "storefront"][n % 4]}`;
  const commit = { message: `${message} ${"and some more of it ".repeat(n % 12)}#${n}`, distinct: true };
  return JSON.stringify({
    ref: n % 40 === 0 ? "refs/heads/main" : `refs/heads/feature-${n % 997}`,
    before: randomHex(40),
    after: randomHex(40),
    repository: {
      id: 186853002 + (n % 4),
      full_name: repository,
      private: false,
      url: `https://github.com/${repository}`,
    },
    pusher: { name: `developer-${n % 61}`, email: `developer-${n % 61}@acme.example` },
    sender: { login: `developer-${n % 61}`, id: 21031067 + (n % 61), type: "User", site_admin: false },
    commits: Array(commits).fill(commit),
  });
}

function randomHex(length) {
  let text = "";
  while (text.length < length)
    text += Math.floor(Math.random() * 0x10000000)
      .toString(16)
      .padStart(7, "0");
  return text.slice(0, length);
}
