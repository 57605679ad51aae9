import { PORTAL_ROLES } from "../../vocabulary/roles";
import { described, Field } from "../parts/elements";
import { type Errors, Input, PostForm, textOf } from "../parts/forms";

const DURATIONS: [seconds: number, label: string][] = [
  [86_400, "1 day"],
  [3_600, "1 hour"],
  [604_800, "7 days"],
  [2_592_000, "30 days"],
];

const ROLES: Record<(typeof PORTAL_ROLES)[number], string> = {
  editor: "editor: may change destinations and resend",
  viewer: "viewer: sees everything, changes nothing",
};

/** A new link as the form has it. */
export type LinkValues = { expires_in_seconds: number; name: string; role: string; single_use: boolean };

/** The form that makes a portal link, with what was filled in and what is wrong with it. */
export function NewLinkForm({
  path,
  values,
  errors,
}: {
  path: string;
  values: LinkValues | undefined;
  errors: Errors;
}) {
  return (
    <PostForm action={path} class="form">
      <Input
        name="name"
        label="Name"
        value={values?.name}
        error={errors.name}
        placeholder="Kim at Acme"
        help="For whom it is. May be left empty."
      />
      <Field name="role" label="Role" error={errors.role}>
        <select {...described("role", errors.role)}>
          {PORTAL_ROLES.map((role) => (
            <option value={role} selected={values?.role === role}>
              {ROLES[role]}
            </option>
          ))}
        </select>
      </Field>
      <Field name="expires_in_seconds" label="Valid for">
        <select {...described("expires_in_seconds", undefined)}>
          {DURATIONS.map(([seconds, label]) => (
            <option value={seconds} selected={values?.expires_in_seconds === seconds}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <div class="field">
        <label>
          <input type="checkbox" name="single_use" value="true" checked={values?.single_use ?? false} /> Lets in once
          only
        </label>
      </div>
      <button type="submit">Make a link</button>
    </PostForm>
  );
}

/** What was filled in; a day for anything that is not a choice. */
export function linkValuesOf(form: FormData): LinkValues {
  const wanted = Number(textOf(form, "expires_in_seconds"));
  return {
    expires_in_seconds: DURATIONS.find(([known]) => known === wanted)?.[0] ?? 86_400,
    name: textOf(form, "name"),
    role: textOf(form, "role"),
    single_use: textOf(form, "single_use") === "true",
  };
}
