// Opens the API's document in Swagger UI, in the theme of the other pages.
const { theme } = document.documentElement.dataset;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.classList.toggle("dark-mode", theme === "dark" || (theme !== "light" && systemIsDark));

/** Fields that Swagger UI leaves without a name, which a screen reader needs. */
const NAMES = { "#servers": "Server", ".body-param__text": "Request body", ".content-type": "Content type" };
const docs = document.getElementById("docs");
new MutationObserver(() => {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const field of docs.querySelectorAll(`${selector}:not([aria-label])`)) field.setAttribute("aria-label", name);
  }
}).observe(docs, { childList: true, subtree: true });

// Deep links would be links inside buttons, which the keyboard does not reach.
window.SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: false, tryItOutEnabled: true });
