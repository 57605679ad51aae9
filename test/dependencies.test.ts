/** What `npm ci` brings in and runs. */
import { describe, expect, it } from "vitest";
import manifest from "../package.json";
import { ASSETS } from "../src/dashboard/assets.gen";
import { operator } from "./support/pages";

type Locked = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  hasInstallScript?: boolean;
};

/** Nothing needs these to run: each only puts its own binary in the place of its launcher, which works as well. */
const INSTALL_SCRIPTS_OF = ["esbuild", "workerd"];
/** Our own, in the place of one that reports each install. */
const OWN = ["scripts/left-out/scarf"];

const files: Record<string, string> = import.meta.glob(
  ["../package-lock.json", "../scripts/assets.mjs", "../out/assets/assets/licences.*.txt"],
  { query: "?raw", import: "default", eager: true, exhaustive: true },
);
const { packages } = JSON.parse(files["../package-lock.json"] ?? "{}") as { packages: Record<string, Locked> };
const { "": root, ...locked } = packages;

describe("the lock file", () => {
  it("holds what the manifest asks for", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    expect(root).toMatchObject({ dependencies, devDependencies, optionalDependencies });
    expect(Object.keys(locked).length).toBeGreaterThan(50);
  });

  it("says of each package what it must hash to, and of none where it is to come from", () => {
    expect(faultsOf(locked)).toEqual([]);
  });

  it("is found out when an entry has no hash, a weak one, or an address", () => {
    const integrity = `sha512-${"A".repeat(86)}==`;
    expect(
      faultsOf({
        "node_modules/good": { integrity },
        "node_modules/bare": {},
        "node_modules/weak": { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" },
        "node_modules/far": { integrity, resolved: "https://npm.example.com/far/-/far-1.0.0.tgz" },
        "node_modules/own": { link: true, resolved: "scripts/left-out/scarf" },
        "node_modules/away": { link: true, resolved: "../elsewhere" },
      }),
    ).toEqual(["node_modules/bare", "node_modules/weak", "node_modules/far", "node_modules/away"]);
  });
});

describe("an install", () => {
  it("runs no script of a package where npm minds what is allowed, and harmless ones where it does not", () => {
    const running = Object.keys(locked).filter((path) => locked[path]?.hasInstallScript);
    const names = new Set(running.map((path) => path.split("node_modules/").at(-1)));
    expect([...names].sort()).toEqual(INSTALL_SCRIPTS_OF);
    expect(manifest.allowScripts).toEqual(Object.fromEntries(INSTALL_SCRIPTS_OF.map((name) => [name, false])));
  });

  it("takes exact versions alone", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const loose = asked.filter(([, version]) => !/^(?:npm:@?[\w/-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version));
    expect(loose).toEqual(OWN.map((path) => ["@scarf/scarf", `file:${path}`]));
  });
});

describe("the licences of what is shipped", () => {
  const licences = files[`../out/assets${ASSETS["licences.txt"]}`] ?? "";
  const sections = new Map(
    licences.split(`\n${"=".repeat(80)}\n`).map((section) => {
      const [heading = "", , , ...text] = section
        .replace(/^Data Pusher is .*/, "")
        .trim()
        .split("\n");
      return [heading, text.join("\n")] as const;
    }),
  );

  it("are there with their texts: of what the Worker is made of, and of what browsers are served", () => {
    const bundled = Object.keys(locked).filter((path) => {
      const { dev, optional, link } = locked[path] ?? {};
      return !dev && !optional && !link && path.startsWith("node_modules/") && !path.endsWith("/workers-types");
    });
    const served = [...(files["../scripts/assets.mjs"] ?? "").matchAll(/"(node_modules\/(?:@[^/]+\/)?[^/"]+)/g)];
    const shipped = [...new Set([...bundled, ...served.map(([, path]) => path ?? "")])];
    expect(shipped).toEqual(expect.arrayContaining(["node_modules/hono", "node_modules/htmx.org"]));
    const missing = shipped.filter((path) => {
      const heading = `${path.split("node_modules/").at(-1)} ${locked[path]?.version}`;
      return !/permission|apache license/i.test(sections.get(heading) ?? "");
    });
    expect(missing).toEqual([]);
    expect(licences).toContain("DOMPurify"); // which swagger-ui's bundle has in it
  });

  it("are a link of every page", async () => {
    const page = await (await operator()).visit("/dashboard/keys");
    expect(page.text).toContain(`<a href="${ASSETS["licences.txt"]}">Licences</a>`);
  });
});

function faultsOf(entries: Record<string, Locked>): string[] {
  return Object.keys(entries).filter((path) => {
    const { integrity = "", resolved, link } = entries[path] ?? {};
    if (OWN.includes(path)) return false;
    if (link) return resolved === undefined || !OWN.includes(resolved);
    return resolved !== undefined || !/^sha512-[\w+/]{86}==$/.test(integrity);
  });
}
