import fc from "fast-check";
import { expect, test } from "vitest";
import { echoMask } from "../../src/security/echoes";

const mask = echoMask(["Bearer s3cr3t/t0ken+1", "s3cr3t/t0ken+1", "short", 'with "quotes"']);

test.each([
  ["as it is", "got s3cr3t/t0ken+1.", "got ***."],
  ["as it is, with quotes", 'got with "quotes".', "got ***."],
  ["with its scheme", "got Bearer s3cr3t/t0ken+1.", "got ***."],
  ["percent-encoded", "got s3cr3t%2Ft0ken%2B1.", "got ***."],
  ["percent-encoded in lower case", "got s3cr3t%2ft0ken%2b1.", "got ***."],
  ["percent-encoded with its scheme", "a=Bearer%20s3cr3t%2Ft0ken%2B1&b", "a=***&b"],
  ["as a form", "a=Bearer+s3cr3t%2Ft0ken%2B1&b", "a=***&b"],
  ["in JSON with escaped slashes", '"s3cr3t\\/t0ken+1"', '"***"'],
  ["in JSON with escaped quotes", String.raw`"with \"quotes\""`, '"***"'],
])("an echo %s is masked", (_, text, masked) => expect(mask(text)).toBe(masked));

test("what is too short to be a secret stays", () => expect(mask("a short one")).toBe("a short one"));

test("nothing of it stays in base64, wherever it stands in what was encoded", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }),
      fc.boolean(),
      (before, after, isUrl) => {
        const bytes = new Uint8Array([...before, ...new TextEncoder().encode("s3cr3t/t0ken+1"), ...after]);
        const encoded = bytes.toBase64({ alphabet: isUrl ? "base64url" : "base64" });
        expect(mask(encoded)).toContain("***");
        expect(mask(encoded).replace("***", "").length).toBeLessThanOrEqual(encoded.length - 17);
      },
    ),
  );
});
