/** What a receiver may say again of the secrets that it was sent. */
import { LruCache } from "./lru-cache";
import { MASK } from "./masking";

/** A shorter value is hardly a secret, and masking it would mask half of an answer. */
const SHORTEST = 6;
/** In characters of all forms. */
const MOST_KEPT = 4_000_000;

const kept = new LruCache<string[]>(MOST_KEPT);

/**
 * What masks these secrets in a text: as they are, in JSON, percent-encoded, and in base64, by themselves or somewhere in
 * a longer text.
 */
export function echoMask(secrets: string[]): (text: string) => string {
  const forms = formsOfAll(secrets);
  return (text) =>
    forms.reduce((masked, form) => (form.length > masked.length ? masked : masked.replaceAll(form, MASK)), text);
}

function formsOfAll(secrets: string[]): string[] {
  const name = JSON.stringify(secrets);
  const known = kept.get(name);
  if (known !== undefined) return known;
  const forms = new Set(secrets.filter(({ length }) => length >= SHORTEST).flatMap(formsOf));
  // A longer one may hold a shorter one: "Bearer abcdef" before "abcdef".
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  kept.set(name, longestFirst, name.length + longestFirst.join("").length);
  return longestFirst;
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const encoded = encodeURIComponent(secret.toWellFormed());
  const strict = encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const percent = [encoded, strict].flatMap((text) => [text, text.replaceAll("%20", "+")]);
  const lower = percent.map((text) => text.replace(/%../g, (code) => code.toLowerCase()));
  return [secret, json, json.replaceAll("/", "\\/"), ...percent, ...lower, ...base64Of(secret)];
}

/** What base64 makes of it whatever stands before and behind: the characters that hold bits of it alone, by its place. */
function base64Of(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((offset) => {
    const shifted = new Uint8Array(offset + bytes.length);
    shifted.set(bytes, offset);
    const text = shifted.toBase64().slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6));
    return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
