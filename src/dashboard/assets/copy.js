// `[data-copy]`: a button that copies a text; `[data-copy-from]`: the text of an element (`#id`), or what a path answers.

const LABEL_MS = 2_000;

/** What a button's label says is heard only by whoever is on it. */
const announced = document.createElement("p");
announced.className = "visually-hidden";
announced.role = "status";
document.body.append(announced);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button || button.dataset.label !== undefined) return;
  button.dataset.label = button.textContent;
  const text = await textOf(button.dataset);
  const copied = text !== null && (await copy(text));
  const said = copied ? "Copied" : text === null ? "Not copied: reload the page" : "Not copied: select it instead";
  button.textContent = said;
  announced.textContent = said;
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
    announced.textContent = "";
  }, LABEL_MS);
});

/** Null when it cannot be had: the session has ended, or the gateway does not answer. */
async function textOf({ copy, copyFrom }) {
  if (copy !== undefined) return copy;
  if (copyFrom.startsWith("#")) return document.querySelector(copyFrom).textContent;
  // a redirect leads to the sign-in, which is nothing to copy
  const answer = await fetch(copyFrom, { redirect: "manual" }).catch(() => null);
  return answer?.ok ? answer.text() : null;
}

/** A browser has its clipboard only over HTTPS and on this machine; elsewhere a selection can be copied. */
async function copy(text) {
  if (navigator.clipboard) {
    const written = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  const back = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  back?.focus();
  return done;
}
