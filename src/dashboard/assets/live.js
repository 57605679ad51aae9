// Parts of a page that ask for themselves again and again (`following`): they outlast an error, a session that has
// ended and a lost network, say so meanwhile, and ask less often while nothing happens.

const QUIET_AFTER_MS = 60_000;
/** While it is quiet, or something is wrong, only every fourth time is asked. */
const PATIENCE = 4;
/** A list asks only for what is new; this often it is read anew, for what its filter lets through only now. */
const ANEW_AFTER_MS = 120_000;

const followed = new WeakMap();
for (const part of document.querySelectorAll("[hx-get]")) {
  const status = document.createElement("p");
  status.className = "live";
  status.role = "status";
  part.before(status);
  const now = Date.now();
  const state = { status, changedAt: now, readAt: now, answeredAt: now, passed: 0, failures: 0 };
  followed.set(part, state);
  new MutationObserver((changes) => {
    // times go by without anything having happened
    if (changes.some(({ target }) => !(target.closest ? target : target.parentElement)?.closest("time")))
      state.changedAt = Date.now();
  }).observe(part, { childList: true, characterData: true, subtree: true });
}

document.addEventListener("htmx:before:request", (event) => {
  const part = event.target;
  const state = followed.get(part);
  if (!state) return;
  const { request } = event.detail.ctx;
  if (document.hidden || part.querySelector("input:checked") || !isDue(state)) return event.preventDefault();
  // a redirect leads to the sign-in, which is not to be shown in the place of a list
  request.redirect = "manual";
  const anew = Date.now() - state.readAt > ANEW_AFTER_MS;
  if (part.dataset.since === undefined || anew || state.failures > 0) return;
  request.headers["DP-Since"] = part.dataset.since;
  request.headers["DP-Waiting"] = [...part.querySelectorAll("[data-waits]")].map((row) => row.id).join();
});

document.addEventListener("htmx:before:response", (event) => {
  const part = event.target;
  const state = followed.get(part);
  if (!state) return;
  const { raw, status, headers } = event.detail.ctx.response;
  if (raw.type === "opaqueredirect" || status === 401) return failed(event, state, "Your session has ended.", true);
  if (status >= 400) return failed(event, state, `The gateway answered ${status}.`);
  state.failures = 0;
  state.answeredAt = Date.now();
  state.status.replaceChildren();
  if (status !== 204) {
    state.readAt = Date.now();
    return;
  }
  part.dataset.since = headers.get("DP-Since");
  for (const time of part.querySelectorAll("time[title]")) time.textContent = relative(Date.parse(time.dateTime));
});

document.addEventListener("htmx:error", (event) => {
  const state = followed.get(event.target);
  if (state) failed(event, state, "The gateway cannot be reached.");
});

/** Whoever comes back sees what has become of it meanwhile. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[hx-get]")) {
    followed.get(part).changedAt = Date.now();
    htmx.trigger(part, "every");
  }
});

/** The first time after an error as soon as ever, then more patiently. */
function isDue(state) {
  const patient = state.failures > 1 || Date.now() - state.changedAt > QUIET_AFTER_MS;
  state.passed = (state.passed + 1) % (patient ? PATIENCE : 1);
  return state.passed === 0;
}

function failed(event, state, what, signedOut = false) {
  event.preventDefault();
  state.failures++;
  if (state.failures > 1 && state.status.dataset.what === what && state.status.hasChildNodes()) return;
  state.status.dataset.what = what;
  const since = new Date(state.answeredAt).toISOString().slice(11, 19);
  state.status.replaceChildren(`${what} What is shown here is as of ${since} UTC. `);
  if (signedOut) {
    const again = document.createElement("a");
    again.href = location.href;
    again.textContent = "Open this page again";
    state.status.append(again, " to go on.");
  } else state.status.append("It is tried again by itself.");
}

/** As the server writes times in lists. */
function relative(at) {
  const seconds = Math.round(Math.abs(Date.now() - at) / 1000);
  if (seconds < 1) return "just now";
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(minutes / 60);
  const span =
    seconds < 60
      ? `${seconds} s`
      : minutes < 60
        ? `${minutes} min`
        : hours < 48
          ? `${hours} h`
          : `${Math.round(hours / 24)} d`;
  return at <= Date.now() ? `${span} ago` : `in ${span}`;
}
