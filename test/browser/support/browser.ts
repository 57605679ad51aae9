/** A real browser in front of the built Worker; whatever it complains about is kept. */
import { mkdirSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Gateway } from "../../e2e/support/gateway.ts";
import { findChromium } from "./chromium.ts";

const SCREENSHOTS = "out/screenshots";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const LONGEST_WAIT_MS = 15_000;

export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("There is no Chromium. Install it, or set CHROMIUM to where it is.");
  return chromium.launch({ executablePath, args: FLAGS });
}

/** A visitor of its own, and what the browser complains about meanwhile. */
export type Visit = { page: Page; complaints: string[]; close(): Promise<void> };

export async function visit(browser: Browser, gateway: Gateway, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ baseURL: gateway.url, ...options });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !isAnswer(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${gateway.url}/`) && !url.startsWith("data:")) complaints.push(`asked for ${url}`);
  });
  if (options.javaScriptEnabled !== false) await page.addInitScript(reportViolations);
  return { page, complaints, close: () => context.close() };
}

/** The same, signed in with the operator's first key. */
export async function visitAsOperator(
  browser: Browser,
  gateway: Gateway,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const visitor = await visit(browser, gateway, options);
  await visitor.page.goto("/dashboard");
  await signIn(visitor.page, gateway.operatorKey);
  await visitor.page.getByRole("button", { name: "Sign out" }).waitFor();
  await visitor.page.waitForLoadState();
  return visitor;
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Operator's key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Opens the portal by its link. */
export async function enterPortal(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("button", { name: "Open the portal" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Keeps a picture of the page, or of what the window shows of it. */
export async function screenshot(page: Page, name: string, fullPage = true): Promise<string> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = `${SCREENSHOTS}/${name}.png`;
  await page.screenshot({ path, fullPage });
  return path;
}

/** Chromium logs each answer of 4xx as an error, also of a page that is meant to be one. */
function isAnswer(text: string): boolean {
  return /^Failed to load resource: the server responded with a status of 4\d\d/.test(text);
}

/** Runs in the browser. */
function reportViolations(): void {
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
    throw new Error(`${violatedDirective} was violated by ${blockedURI} ${sample}`);
  });
}
