import { z } from "zod";
import { addDestination } from "../destinations/add-destination";
import { changeDestination } from "../destinations/change-destination";
import { checkDestination } from "../destinations/check-destination";
import type { Destination } from "../destinations/destination";
import {
  ATTEMPTS_MAX,
  DESCRIPTION_MAX,
  DestinationFields,
  destinationInputOf,
  TIMEOUT_DEFAULT_MS,
  TIMEOUT_MAX_MS,
  TIMEOUT_MIN_MS,
} from "../destinations/destination-input";
import { findDestination } from "../destinations/read-destinations";
import { HTTP_METHODS } from "../vocabulary/http-method";
import { type Errors, errorsByPath, errorsOf, givenIn, Input, textOf } from "./forms";
import { type HeaderRow, HeaderRows, headersOf, rowsFrom, rowsOf } from "./header-rows";
import { notFoundPage } from "./not-found";
import { page } from "./page";
import { described, Field, Notice, Once } from "./parts";
import { accountInView, inView, type PageContext } from "./viewer";

const { url, http_method, headers, description, enabled, timeout_ms, retry_schedule, max_attempts } = DestinationFields;
const DestinationBody = z.object({
  url,
  http_method,
  headers,
  description,
  enabled,
  timeout_ms: timeout_ms.optional(),
  retry_schedule: retry_schedule.optional(),
  max_attempts: max_attempts.optional(),
});

type Values = {
  url: string;
  http_method: string;
  headers: HeaderRow[];
  description: string;
  enabled: boolean;
  timeout_ms: string;
  retry_schedule: string;
  max_attempts: string;
};
type Status = 200 | 400 | 404 | 409;

const NEW: Values = {
  url: "",
  http_method: "POST",
  headers: [],
  description: "",
  enabled: true,
  timeout_ms: String(TIMEOUT_DEFAULT_MS),
  retry_schedule: "",
  max_attempts: "",
};

/** Whose destination is added: a tenant's own, or the account that an operator names. */
export function newDestinationPage(c: PageContext, values = NEW, errors: Errors = {}, status: Status = 200) {
  const viewer = c.get("viewer");
  const accountId = accountInView(viewer, c.req.query("account_id"));
  if (accountId === undefined) return notFoundPage(c, "account");
  return page(c, {
    title: "Add a destination",
    crumbs: crumbsOf(c, accountId, []),
    status,
    children: (
      <DestinationForm values={values} errors={errors} button="Add the destination" back={homeOf(c, accountId)} />
    ),
  });
}

export async function newDestinationPosted(c: PageContext) {
  const accountId = accountInView(c.get("viewer"), c.req.query("account_id"));
  if (accountId === undefined) return notFoundPage(c, "account");
  const form = await c.req.formData();
  const values = valuesOf(form);
  const parsed = DestinationBody.safeParse({ ...bodyOf(form), headers: headersOf(values.headers, {}) });
  if (!parsed.success) return newDestinationPage(c, values, everythingWrong(c, form, parsed.error, {}), 400);
  const added = await addDestination(c.get("gateway"), accountId, destinationInputOf(parsed.data));
  switch (added.kind) {
    case "added":
      return addedPage(c, added.destination, added.signingSecret);
    case "account_unknown":
      return notFoundPage(c, "account");
    case "too_many": {
      const whole = `An account has at most ${added.most} destinations. Remove one first.`;
      return newDestinationPage(c, values, { whole }, 409);
    }
    case "unfit":
      return newDestinationPage(c, values, errorsByPath(added.errors), 400);
  }
}

function addedPage(c: PageContext, destination: Destination, signingSecret: string) {
  const path = `${c.get("viewer").base}/destinations/${destination.destinationId}`;
  return page(c, {
    title: "Destination added",
    crumbs: crumbsOf(c, destination.accountId, []),
    action: (
      <form method="post" action={`${path}/test`}>
        <button type="submit">Send a test event</button>
      </form>
    ),
    children: (
      <>
        <Once title="The signing secret" secret={signingSecret}>
          <p>
            The receiver needs it to check <code>webhook-signature</code>, as standardwebhooks.com describes.
          </p>
        </Once>
        <a href={path}>
          To {destination.httpMethod} {destination.url}
        </a>
      </>
    ),
  });
}

export async function editDestinationPage(c: PageContext) {
  const destination = await destinationInView(c);
  return destination ? editForm(c, destination, storedValuesOf(destination)) : notFoundPage(c, "destination");
}

export async function editDestinationPosted(c: PageContext) {
  const destination = await destinationInView(c);
  if (!destination) return notFoundPage(c, "destination");
  const form = await c.req.formData();
  const values = valuesOf(form);
  const parsed = DestinationBody.safeParse({ ...bodyOf(form), headers: headersOf(values.headers, {}) });
  if (!parsed.success) {
    return editForm(c, destination, values, everythingWrong(c, form, parsed.error, destination.headers), 400);
  }
  const input = destinationInputOf(parsed.data);
  // The rows name stored values by their place: they count only for the destination that the form was made from.
  if (textOf(form, "read_at") !== String(destination.updatedAt))
    return editForm(c, destination, values, MEANWHILE, 409);
  const changed = await changeDestination(c.get("gateway"), destination.destinationId, (stored) => ({
    ...input,
    headers: headersOf(values.headers, stored.headers),
  }));
  switch (changed.kind) {
    case "changed":
      return c.redirect(`${c.get("viewer").base}/destinations/${destination.destinationId}?done=saved`, 303);
    case "unknown":
      return notFoundPage(c, "destination");
    case "changed_meanwhile":
      return editForm(c, destination, values, MEANWHILE, 409);
    case "unfit":
      return editForm(c, destination, values, errorsByPath(changed.errors), 400);
  }
}

const MEANWHILE: Errors = {
  whole: "Somebody else changed this destination meanwhile. Compare with its page, then save again.",
};

function editForm(c: PageContext, destination: Destination, values: Values, errors: Errors = {}, status: Status = 200) {
  const path = `/destinations/${destination.destinationId}`;
  return page(c, {
    title: "Edit the destination",
    crumbs: [
      ...crumbsOf(c, destination.accountId, [{ label: destination.destinationId, href: path }]),
      { label: "Edit" },
    ],
    status,
    children: (
      <DestinationForm
        values={values}
        errors={errors}
        readAt={destination.updatedAt}
        button="Save"
        back={c.get("viewer").base + path}
      />
    ),
  });
}

function DestinationForm(props: { values: Values; errors: Errors; button: string; back: string; readAt?: number }) {
  const { values, errors } = props;
  return (
    <form method="post" class="form">
      {errors.whole ? <Notice tone="bad">{errors.whole}</Notice> : null}
      {props.readAt === undefined ? null : <input type="hidden" name="read_at" value={props.readAt} />}
      <Input
        name="url"
        label="URL"
        value={values.url}
        error={errors.url}
        inputmode="url"
        placeholder="https://crm.example/hooks/orders"
        required
      />
      <Field
        name="http_method"
        label="Method"
        help="GET puts the event into the query; the others send it as the body."
        error={errors.http_method}
      >
        <select {...described("http_method", errors.http_method, true)}>
          {HTTP_METHODS.map((method) => (
            <option value={method} selected={values.http_method === method}>
              {method}
            </option>
          ))}
        </select>
      </Field>
      <HeaderRows rows={values.headers} errors={errors} />
      <Input
        name="description"
        label="Description"
        value={values.description}
        error={errors.description}
        maxlength={DESCRIPTION_MAX}
      />
      <div class="thirds">
        <Input
          name="timeout_ms"
          label="Timeout in milliseconds"
          value={values.timeout_ms}
          error={errors.timeout_ms}
          inputmode="numeric"
          help={`How long one attempt may take: ${TIMEOUT_MIN_MS} to ${TIMEOUT_MAX_MS}.`}
        />
        <Input
          name="retry_schedule"
          label="Retry schedule"
          value={values.retry_schedule}
          error={errors.retry_schedule}
          placeholder="5, 60, 300, 1800"
          help="Seconds between attempts. Left empty: 11 attempts in about 3 days."
        />
        <Input
          name="max_attempts"
          label="Attempts at most"
          value={values.max_attempts}
          error={errors.max_attempts}
          inputmode="numeric"
          help={`1 to ${ATTEMPTS_MAX}; cuts the schedule short. Left empty, it stays whole.`}
        />
      </div>
      <div class="field">
        <label>
          <input type="checkbox" name="enabled" value="true" checked={values.enabled} /> Enabled
        </label>
      </div>
      <p class="acts">
        <button type="submit">{props.button}</button>
        <a href={props.back}>Cancel</a>
      </p>
    </form>
  );
}

/** The destination of the path, if it is this viewer's to see. */
export async function destinationInView(c: PageContext): Promise<Destination | null> {
  return inView(c.get("viewer"), await findDestination(c.get("gateway"), c.req.param("destination_id") ?? ""));
}

/** From the top to a destination's page, for both kinds of viewers. */
export function crumbsOf(c: PageContext, accountId: string, rest: { label: string; href?: string }[]) {
  return c.get("viewer").kind === "operator"
    ? [{ label: "Accounts", href: "/accounts" }, { label: accountId, href: `/accounts/${accountId}` }, ...rest]
    : [{ label: accountId, href: "" }, ...rest];
}

/** Where a destination's account is. */
export function homeOf(c: PageContext, accountId: string): string {
  return c.get("viewer").kind === "operator" ? `/dashboard/accounts/${accountId}` : "/portal";
}

function storedValuesOf(destination: Destination): Values {
  return {
    url: destination.url,
    http_method: destination.httpMethod,
    headers: rowsOf(destination.headers),
    description: destination.description,
    enabled: destination.enabled,
    timeout_ms: String(destination.timeoutMs),
    retry_schedule: destination.retrySchedule?.join(", ") ?? "",
    max_attempts: destination.maxAttempts === null ? "" : String(destination.maxAttempts),
  };
}

function valuesOf(form: FormData): Values {
  return {
    url: textOf(form, "url"),
    http_method: textOf(form, "http_method"),
    headers: rowsFrom(form),
    description: textOf(form, "description"),
    enabled: form.has("enabled"),
    timeout_ms: textOf(form, "timeout_ms"),
    retry_schedule: textOf(form, "retry_schedule"),
    max_attempts: textOf(form, "max_attempts"),
  };
}

/** Also what makes a destination unfit, which is looked at only when its form is right: one round of mending is enough. */
function everythingWrong(c: PageContext, form: FormData, error: z.ZodError, stored: Destination["headers"]): Errors {
  const input = { url: textOf(form, "url").trim(), headers: headersOf(rowsFrom(form), stored) };
  return { ...errorsByPath(checkDestination(input, c.get("gateway").allowPrivate)), ...errorsOf(error) };
}

/** What the fields say, but for the headers, under the names of the wire. */
function bodyOf(form: FormData) {
  const number = (name: string) => {
    const text = givenIn(form, name);
    return text === undefined ? undefined : Number(text);
  };
  return {
    url: textOf(form, "url").trim(),
    http_method: textOf(form, "http_method"),
    description: textOf(form, "description").trim(),
    enabled: form.has("enabled"),
    timeout_ms: number("timeout_ms"),
    retry_schedule: givenIn(form, "retry_schedule")
      ?.split(/[\s,;]+/)
      .filter((text) => text !== "")
      .map(Number),
    max_attempts: number("max_attempts"),
  };
}
