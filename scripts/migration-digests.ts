/** What each committed migration held when it was made, so that nobody edits one that databases out there already have. */

/** Names of migrations, and the SHA-256 of each as hex. */
export type Digests = Record<string, string>;

/**
 * @param files the migrations that are there, by name
 * @returns a sentence for each that was edited, removed or never recorded; none where all is well
 */
export async function faultsOf(digests: Digests, files: Record<string, string>): Promise<string[]> {
  const faults = Object.keys(digests)
    .filter((name) => !(name in files))
    .map((name) => `${name} was removed: databases that have it cannot forget it.`);
  for (const [name, text] of Object.entries(files)) {
    const recorded = digests[name];
    if (recorded === undefined) faults.push(`${name} is not recorded: make migrations with \`npm run migrations\`.`);
    else if (recorded !== (await digestOf(text)))
      faults.push(`${name} was edited: take that back and make a further migration.`);
  }
  return faults;
}

/** The digests with those of new migrations; what is recorded stays as it is. */
export async function withNew(digests: Digests, files: Record<string, string>): Promise<Digests> {
  const all = { ...digests };
  for (const [name, text] of Object.entries(files)) all[name] ??= await digestOf(text);
  return all;
}

async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
