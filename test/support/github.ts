/** Real input: the payloads that GitHub publishes as examples of its webhooks. */
import examples from "@octokit/webhooks-examples";

type Definition = { name: string; examples: unknown[] };

const definitions = examples as unknown as Definition[];

/** One payload for each of GitHub's events, as the JSON text that it would send. */
export const GITHUB_PAYLOADS: [name: string, json: string][] = definitions.map(({ name, examples: [first] }) => [
  name,
  JSON.stringify(first),
]);

export function githubPayload(name: string): string {
  const found = GITHUB_PAYLOADS.find(([other]) => other === name);
  if (!found) throw new Error(`GitHub publishes no example of ${name}`);
  return found[1];
}
