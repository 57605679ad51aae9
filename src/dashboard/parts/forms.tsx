/** What forms are made of: inputs, their values as submitted, and the errors beside them. */
import { HTTPException } from "hono/http-exception";
import type { Child, PropsWithChildren } from "hono/jsx";
import type * as z from "zod/v4";
import type { FieldError } from "../../errors/field-error";
import type { PageContext } from "../session/viewer";
import { described, Field, Foreign } from "./elements";
import { visible } from "./visible";

/** What is wrong with each field, by its name. */
export type Errors = Record<string, string | undefined>;

/**
 * The form that was posted.
 *
 * @throws HTTPException 400 when the body cannot be read as one
 */
export async function readForm(c: PageContext): Promise<FormData> {
  try {
    return await c.req.formData();
  } catch (error) {
    if (error instanceof TypeError) throw new HTTPException(400, { message: error.message, cause: error });
    throw error;
  }
}

/** The field that tells a form from every other, see `actOnce`. */
export const FORM_TOKEN = "form_token";

/** A form that changes something, and does it once however often it is sent. */
export function PostForm({ children, ...form }: PropsWithChildren<{ action?: string; class?: string }>) {
  return (
    <form method="post" {...form}>
      <input type="hidden" name={FORM_TOKEN} value={crypto.randomUUID()} autocomplete="off" />
      {children}
    </form>
  );
}

/** A field's text; empty when the field is missing. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** A field's text without blanks around it; a field that is left empty is not given. */
export function givenIn(form: FormData, name: string): string | undefined {
  return textOf(form, name).trim() || undefined;
}

/** The names in a field's text, between blanks and commas, and in all fields of that name. */
export function namesIn(form: FormData, name: string): string[] {
  return form
    .getAll(name)
    .join(",")
    .split(/[\s,]+/)
    .filter(Boolean);
}

/** The first thing that is wrong with each field. */
export function errorsOf(error: z.ZodError): Errors {
  return firstOf(error.issues.map(({ path, message }) => [String(path[0]), message]));
}

export function errorsByPath(errors: FieldError[]): Errors {
  return firstOf(errors.map(({ path, message }) => [path, message]));
}

function firstOf(errors: [string, string][]): Errors {
  return Object.fromEntries(errors.toReversed());
}

/** What each input of a form begins with: its name, what is written in it and what is wrong with that. */
export function fieldsOf<Values extends object>(values: Values, errors: Errors) {
  return <Name extends keyof Values & string>(name: Name) => ({ name, value: values[name], error: errors[name] });
}

/** A field of one line. */
export function Input(props: {
  name: string;
  label: Child;
  value: string | undefined;
  help?: Child;
  error?: string | undefined;
  type?: string;
  required?: boolean;
  maxlength?: number;
  inputmode?: "numeric" | "url" | "email";
  placeholder?: string;
}) {
  const { name, label, help, error, ...input } = props;
  return (
    <Field name={name} label={label} help={help} error={error}>
      <input type="text" {...input} {...described(name, error, help !== undefined)} autocomplete="off" />
    </Field>
  );
}

/** A field of several lines, as code. */
export function Lines(props: { name: string; label: Child; value: string; help?: Child; error?: string | undefined }) {
  const { name, label, value, help, error } = props;
  return (
    <Field name={name} label={label} help={help} error={error}>
      <textarea rows={6} spellcheck={false} {...described(name, error, help !== undefined)}>
        {value}
      </textarea>
    </Field>
  );
}

/** A choice as the form sends it, and as people read it. */
export type Choice = readonly [value: string, label: string];

/** One of some choices; the first where `value` is none of them. */
export function Select(props: {
  name: string;
  label: Child;
  choices: readonly Choice[];
  value?: string | undefined;
  help?: Child;
  error?: string | undefined;
}) {
  const { name, label, choices, value, help, error } = props;
  return (
    <Field name={name} label={label} help={help} error={error}>
      <select {...described(name, error, help !== undefined)}>
        {choices.map(([choice, text]) => (
          <option value={choice} selected={value === choice}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** How long the replaced secret stays valid. */
const OVERLAPS: Choice[] = [
  ["86400", "1 day"],
  ["3600", "1 hour"],
  ["604800", "7 days"],
  ["2592000", "30 days"],
  ["0", "not at all: it stops at once"],
];

export function OverlapField({ label }: { label: string }) {
  return <Select name="overlap_seconds" label={label} choices={OVERLAPS} />;
}

/** The chosen overlap in seconds; a day for anything that is not a choice. */
export function overlapOf(form: FormData): number {
  const chosen = OVERLAPS.find(([seconds]) => seconds === textOf(form, "overlap_seconds")) ?? OVERLAPS[0];
  return Number(chosen?.[0]);
}

/** Asks for a name to be typed before something is removed; the children say what. */
export function Confirm(
  props: PropsWithChildren<{ action: string; back: string; name: string; button: string; error?: string | undefined }>,
) {
  return (
    <PostForm action={props.action} class="form">
      {props.children}
      <Input
        name="confirm"
        label={
          <>
            Type <Foreign text={props.name} /> to confirm
          </>
        }
        value=""
        error={props.error}
        required
      />
      <p class="actions">
        <button type="submit" class="danger">
          {props.button}
        </button>
        <a href={props.back}>Keep it</a>
      </p>
    </PostForm>
  );
}

/** Why a removal is refused; undefined when the right name was typed. */
export function confirmError(form: FormData, name: string): string | undefined {
  const typed = textOf(form, "confirm").trim();
  // What cannot be seen cannot be typed: it may be written as it is shown.
  const same = typed === name.trim() || typed === visible(name).trim();
  return same ? undefined : "That is something else. Nothing was removed.";
}
