import * as z from "zod/v4";
import { checkTemplates } from "./check-templates";
import { compile } from "./compile";
import { sentenceOf } from "./shape";
import { BODY_FORMATS } from "./templates";

const WHAT = 'Give templates, such as {"headers": {"X-Id": "{{ body.id }}"}}, or null.';

const ExpressionSchema = z
  .string({ error: 'Give a JSONata expression, such as {"text": order.id}, or null.' })
  .transform((text, context) => {
    if (text.trim() === "") return null;
    const compiled = compile(text);
    if (compiled.failed !== undefined) context.addIssue({ code: "custom", message: sentenceOf(compiled) });
    return text;
  });

/** A destination's expression; null or empty is none. */
export const TransformationSchema = ExpressionSchema.nullable();

/** The same of a form, whose lines end in CR LF: places of faults count each end as one, as people see it. */
export const TransformationTextSchema = z
  .string()
  .transform((text) => text.replaceAll("\r\n", "\n"))
  .pipe(ExpressionSchema);

const TextsSchema = z.record(z.string(), z.string({ error: "Give a text." }), { error: WHAT });
/** Templates as they are stored, which were checked then. */
export const TemplatesShape = z.strictObject(
  {
    path: z.string({ error: "Give a text." }).optional(),
    query: TextsSchema.optional(),
    headers: TextsSchema.optional(),
    body: z.enum(BODY_FORMATS, { error: `Give one of ${BODY_FORMATS.join(", ")}.` }).optional(),
  },
  { error: WHAT },
);

/** A destination's templates on the wire, as the JSON that is stored; null is none. */
export const TemplatesSchema = TemplatesShape.transform((templates, context) => {
  for (const { path, message } of checkTemplates(templates)) context.addIssue({ code: "custom", path, message });
  return JSON.stringify(templates);
}).nullable();

/** The same of a form, which has it as text; empty is none. */
export const TemplatesTextSchema = z.string().transform((text, context) => {
  if (text.trim() === "") return null;
  const parsed = TemplatesSchema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: "custom", message: path.length > 0 ? `${path.join(".")}: ${message}` : message });
  }
  return z.NEVER;
});

/** Undefined, which is no template, where it is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
