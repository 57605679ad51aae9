import { PORTAL_ROLES, type PortalRole } from "../../vocabulary/roles";
import { type Choice, type Errors, Input, PostForm, Select, textOf } from "../parts/forms";

const DURATIONS: Choice[] = [
  ["86400", "1 day"],
  ["3600", "1 hour"],
  ["604800", "7 days"],
  ["2592000", "30 days"],
];

const ROLE_WORDS: Record<PortalRole, string> = {
  editor: "editor: may change destinations and resend",
  viewer: "viewer: sees everything, changes nothing",
};
const ROLES = PORTAL_ROLES.map((role): Choice => [role, ROLE_WORDS[role]]);

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
      <Select name="role" label="Role" choices={ROLES} value={values?.role} error={errors.role} />
      <Select
        name="expires_in_seconds"
        label="Valid for"
        choices={DURATIONS}
        value={values && String(values.expires_in_seconds)}
      />
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
  const chosen = DURATIONS.find(([seconds]) => seconds === textOf(form, "expires_in_seconds")) ?? DURATIONS[0];
  return {
    expires_in_seconds: Number(chosen?.[0]),
    name: textOf(form, "name"),
    role: textOf(form, "role"),
    single_use: textOf(form, "single_use") === "true",
  };
}
