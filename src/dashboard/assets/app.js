// What the pages can do beyond links and forms. Without it everything still reads and every form still works.

/** `[data-submit]`: a field that sends its form when it changes. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

/** `[data-once]`: a form that a double click must not send twice. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  if (event.target.dataset.once === "sent") event.preventDefault();
  event.target.dataset.once = "sent";
});

/** `[data-add-row]`: a button that adds another row like the first of its group, empty. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-row]");
  if (!button) return;
  const rows = document.getElementById(button.dataset.addRow);
  const row = rows.querySelector("[data-form-row]:last-of-type").cloneNode(true);
  for (const input of row.querySelectorAll("input")) {
    input.value = "";
    input.removeAttribute("aria-invalid");
  }
  rows.append(row);
  row.querySelector("input").focus();
});

/** `[data-remove-row]`: a button that takes its row away, or empties the last one. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove-row]");
  if (!button) return;
  const row = button.closest("[data-form-row]");
  if (row.parentElement.querySelectorAll("[data-form-row]").length > 1) row.remove();
  else for (const input of row.querySelectorAll("input")) input.value = "";
});

/** `[data-presets]`: becomes a choice of presets, each of which fills in a transformation and templates. */
for (const place of document.querySelectorAll("[data-presets]")) {
  fetch(place.dataset.presets)
    .then((answer) => answer.json())
    .then((presets) => showPresets(place, presets))
    // without it both fields can still be written
    .catch(() => place.remove());
}

function showPresets(place, presets) {
  const { transformation, templates } = place.closest("form").elements;
  const select = document.createElement("select");
  select.append(new Option("Choose …", ""), ...presets.map(({ name, label }) => new Option(label, name)));
  const label = document.createElement("label");
  label.append("Fill in transformation and templates for", select);
  place.replaceChildren(label);
  select.addEventListener("change", () => {
    const preset = presets.find(({ name }) => name === select.value);
    if (!preset) return;
    transformation.value = preset.transformation ?? "";
    templates.value = preset.templates === null ? "" : JSON.stringify(preset.templates, null, 2);
  });
}

/** In a wide window a row's first link opens its page beside the list; elsewhere, and in a new tab, it is a plain link. */
const beside = document.getElementById("beside");
const wide = matchMedia("(min-width: 1400px)");
let shownId = null;
if (beside) {
  document.addEventListener("click", async (event) => {
    const row = event.target.closest("#list [data-row]");
    const link = linkOf(row);
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link?.contains(event.target) || elsewhere || !wide.matches) return;
    event.preventDefault();
    await openBeside(row.id, link.href);
  });
  beside.querySelector("button").addEventListener("click", closeBeside);
  wide.addEventListener("change", closeBeside);
  document.addEventListener("htmx:after:swap", markShown);
}

async function openBeside(id, url) {
  shownId = id;
  markShown();
  const answer = await fetch(url).catch(() => null);
  if (shownId !== id) return;
  // a session that has ended leads to the sign-in, which has a page of its own
  if (!answer?.ok || answer.redirected) return location.assign(url);
  const main = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  const title = main.querySelector("h1");
  const ownPage = document.createElement("a");
  ownPage.href = url;
  ownPage.title = "Open as a page";
  ownPage.append(title.textContent);
  const heading = document.createElement("h2");
  heading.append(ownPage);
  title.replaceWith(heading);
  beside.ariaLabel = heading.textContent;
  beside.lastElementChild.replaceChildren(...main.childNodes);
  beside.hidden = false;
  beside.scrollTop = 0;
  beside.focus({ preventScroll: true });
}

/** Gives the focus back to the row, if it is still in the list. */
function closeBeside() {
  if (shownId === null) return;
  const link = linkOf(document.getElementById(shownId));
  if (beside.contains(document.activeElement)) (link ?? document.querySelector("#list a"))?.focus();
  shownId = null;
  beside.hidden = true;
  markShown();
}

/** The list's own answers know nothing of what is shown beside it. */
function markShown() {
  for (const row of document.querySelectorAll("#list [data-row]")) {
    linkOf(row).ariaCurrent = row.id === shownId ? "true" : null;
  }
}

/** Keys: `/` search, `g` and a letter to go, `j` `k` and Enter in lists, `?` to show them. */
const base = document.body.dataset.base;
let going = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  if (going) {
    going = false;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) location.assign(link.href);
    return;
  }
  if (event.key === "g") going = true;
  else if (event.key === "/") focusSearch(event);
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "Escape") closeBeside();
  else if (event.key === "?") showKeys();
});

function focusSearch(event) {
  const field = document.querySelector("[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
}

/** Rows are reached by their first link, so that Enter opens it and the focus shows where one is. */
function move(step) {
  const rows = [...document.querySelectorAll("[data-row]:not(#beside *)")].filter(linkOf);
  const links = rows.map(linkOf);
  const at = beside?.contains(document.activeElement)
    ? rows.findIndex((row) => row.id === shownId)
    : links.indexOf(document.activeElement);
  const next = links[Math.max(0, Math.min(links.length - 1, at + step))];
  next?.focus();
}

function linkOf(row) {
  return row?.querySelector("a");
}

function showKeys() {
  const keys = [
    ["/", "search"],
    ...[...document.querySelectorAll("[data-go]")].map((link) => [`g ${link.dataset.go}`, link.textContent.trim()]),
    ["j, k", "next and previous row"],
    ["Enter", "open the row"],
    ...(beside ? [["Escape", "close what is open beside the list"]] : []),
    ["?", "this list"],
  ];
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keys");
  const article = document.createElement("article");
  const list = document.createElement("dl");
  list.className = "keys";
  for (const [key, meaning] of keys) {
    const term = document.createElement("dt");
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    term.append(kbd);
    const description = document.createElement("dd");
    description.textContent = meaning;
    list.append(term, description);
  }
  const form = document.createElement("form");
  form.method = "dialog";
  const close = document.createElement("button");
  close.textContent = "Close";
  form.append(close);
  article.append(list, form);
  dialog.append(article);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

if (base) document.documentElement.classList.add("script");
