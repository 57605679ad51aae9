/** The settings of an account as a form: its inputs and what they hold. */
import * as z from "zod/v4";
import { AccountFields } from "../../accounts/account-input";
import { type Errors, fieldsOf, givenIn, Input, namesIn, textOf } from "../parts/forms";

const { email, account_name, website, forward_headers, public_headers, rate_limit, account_id, ...types } =
  AccountFields;
export const EditedAccount = z.object({
  email,
  account_name,
  website: website.optional(),
  forward_headers,
  public_headers,
  rate_limit: rate_limit.optional(),
  event_type_path: types.event_type_path.optional(),
  event_type_header: types.event_type_header.optional(),
});
export const NewAccount = EditedAccount.extend({ account_id: account_id.optional() });

export type Values = Record<
  | "email"
  | "account_name"
  | "website"
  | "forward_headers"
  | "public_headers"
  | "rate_limit"
  | "event_type_path"
  | "event_type_header",
  string
> & {
  account_id?: string;
};
export const EMPTY: Values = {
  email: "",
  account_name: "",
  website: "",
  forward_headers: "",
  public_headers: "",
  rate_limit: "",
  event_type_path: "",
  event_type_header: "",
  account_id: "",
};

/** An input for every field but the id. */
export function AccountInputs({ values, errors }: { values: Values; errors: Errors }) {
  const field = fieldsOf(values, errors);
  return (
    <>
      <Input {...field("account_name")} label="Name" required />
      <Input {...field("email")} label="E-mail" type="email" required />
      <Input {...field("website")} label="Website" inputmode="url" help="Optional." />
      <Input
        {...field("forward_headers")}
        label="Headers to pass on"
        help="Incoming headers to send on to every destination, such as X-GitHub-Event, traceparent, ce-*. At most 10, separated by commas."
      />
      <Input
        {...field("public_headers")}
        label="Headers that are shown"
        help="Headers of its destinations whose values are no secret, such as X-Region. All others are shown as *** once they were given. At most 20, separated by commas."
      />
      <Input
        {...field("rate_limit")}
        label="Events a second"
        inputmode="numeric"
        help="How many it may send, all of a second's at once if it likes. Leave empty for the gateway's default."
      />
      <Input
        {...field("event_type_path")}
        label="Event type in the payload"
        placeholder="type"
        help="Where its JSON has the type of the event, such as type or data.event. A header CL-X-EVENT-TYPE comes first."
      />
      <Input
        {...field("event_type_header")}
        label="Event type in a header"
        placeholder="X-GitHub-Event"
        help="The header that has it, where its senders do not use CL-X-EVENT-TYPE or ce-type."
      />
    </>
  );
}

/** What was written, as it was written. */
export function valuesOf(form: FormData): Values {
  return {
    email: textOf(form, "email"),
    account_name: textOf(form, "account_name"),
    website: textOf(form, "website"),
    forward_headers: textOf(form, "forward_headers"),
    public_headers: textOf(form, "public_headers"),
    rate_limit: textOf(form, "rate_limit"),
    event_type_path: textOf(form, "event_type_path"),
    event_type_header: textOf(form, "event_type_header"),
  };
}

/** What the fields say, under the names of the wire. */
export function bodyOf(form: FormData) {
  return {
    email: textOf(form, "email"),
    account_name: textOf(form, "account_name"),
    website: givenIn(form, "website"),
    forward_headers: namesIn(form, "forward_headers"),
    public_headers: namesIn(form, "public_headers"),
    rate_limit: rateIn(givenIn(form, "rate_limit")),
    event_type_path: givenIn(form, "event_type_path"),
    event_type_header: givenIn(form, "event_type_header"),
  };
}

/** What is no number stays one that is refused. */
function rateIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
