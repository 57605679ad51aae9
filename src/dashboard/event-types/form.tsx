/** The form in which an operator says what an event type is. */
import * as z from "zod/v4";
import { CATALOGUE_BOUNDS, type KeptTypeInput } from "../../catalogues/catalogue";
import { keepType } from "../../catalogues/keep-type";
import { exampleOf, findType } from "../../catalogues/read-catalogue";
import { TypeFields } from "../../catalogues/type-input";
import type { FieldError } from "../../errors/field-error";
import { VALIDATIONS } from "../../vocabulary/validation";
import { Notice } from "../parts/elements";
import {
  type Choice,
  type Errors,
  errorsOf,
  fieldsOf,
  Input,
  Lines,
  PostForm,
  readForm,
  Select,
  textOf,
} from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { crumbsOf, homeOf } from "../parts/place";
import { redirect } from "../parts/redirect";
import { acting, type PageContext } from "../session/viewer";
import { CONSEQUENCES } from "./catalogue";

const Fields = z.object(TypeFields);
const CHOICES = VALIDATIONS.map((validation): Choice => [validation, CONSEQUENCES[validation]]);

type Values = Record<"event_type" | "description" | "validate" | "schema" | "example", string>;

/** For a type that is kept, what is said of it; for another one its name, and an event of it as an example. */
export async function editTypePage(c: PageContext) {
  const gateway = c.get("gateway");
  const accountId = c.req.param("account_id") ?? "";
  const { type = "", event_id: eventId } = c.req.query();
  const kept = await findType(gateway, accountId, type);
  if (kept) {
    return typeForm(c, accountId, {
      event_type: kept.type,
      description: kept.description,
      validate: kept.validation,
      schema: kept.schema ?? "",
      example: kept.example ?? "",
    });
  }
  const example = eventId === undefined ? null : await exampleOf(gateway, accountId, eventId);
  return typeForm(c, accountId, {
    event_type: type,
    description: "",
    validate: "off",
    schema: "",
    example: example ?? "",
  });
}

export async function postType(c: PageContext) {
  const accountId = c.req.param("account_id") ?? "";
  const form = await readForm(c);
  const values: Values = {
    event_type: textOf(form, "event_type"),
    description: textOf(form, "description"),
    validate: textOf(form, "validate"),
    schema: textOf(form, "schema"),
    example: textOf(form, "example"),
  };
  const parsed = Fields.safeParse(values);
  if (!parsed.success) return typeForm(c, accountId, values, errorsOf(parsed.error), 400);
  const { event_type: type, validate: validation, description } = parsed.data;
  const input: KeptTypeInput = {
    ...{ type, description, validation },
    schema: values.schema.trim() || null,
    example: values.example.trim() || null,
  };
  const keeping = await keepType(acting(c), accountId, input);
  switch (keeping.kind) {
    case "kept":
      return redirect(c, `${homeOf(c, accountId)}/event-types?done=saved`);
    case "unfit":
      return typeForm(c, accountId, values, errorsByField(keeping.errors), 400);
    case "too_much":
      return typeForm(c, accountId, values, { whole: TOO_MUCH }, 409);
    case "account_unknown":
      return notFoundPage(c, "account");
  }
}

const TOO_MUCH = `An account keeps at most ${CATALOGUE_BOUNDS.types} event types and ${CATALOGUE_BOUNDS.schemaBytes} bytes of schemas. Remove one first.`;

/** The first error of each field, with its place in it: `properties.total.pattern: …`. */
function errorsByField(errors: FieldError[]): Errors {
  return Object.fromEntries(
    errors.toReversed().map(({ path, message }) => {
      const [field = "", ...place] = path.split(".");
      return [field, place.length === 0 ? message : `${place.join(".")}: ${message}`];
    }),
  );
}

function typeForm(
  c: PageContext,
  accountId: string,
  values: Values,
  errors: Errors = {},
  status: 200 | 400 | 409 = 200,
) {
  const path = `${homeOf(c, accountId)}/event-types`;
  const field = fieldsOf(values, errors);
  const crumb = { label: "Event types", href: `/accounts/${accountId}/event-types` };
  return page(c, {
    title: "Describe an event type",
    crumbs: crumbsOf(c, accountId, crumb),
    status,
    children: (
      <PostForm action={`${path}/edit`} class="form">
        {errors.whole ? <Notice tone="bad">{errors.whole}</Notice> : null}
        <Input
          {...field("event_type")}
          label="Type"
          placeholder="order.paid"
          help="The name as events have it. One that is described already is replaced."
          required
        />
        <Input
          {...field("description")}
          label="Description"
          help="When such an event is sent, in a sentence. Tenants read it when they choose what a destination gets."
        />
        <Lines
          {...field("schema")}
          label="Schema"
          help={
            'A JSON Schema that the payload keeps to, such as {"type": "object", "required": ["total"]}. Optional. No schema may refer to itself or to another document.'
          }
        />
        <Select
          {...field("validate")}
          label="If an event breaks the schema"
          choices={CHOICES}
          help="Holds for every event from the moment it is saved. What the queue takes in while the database is away is marked in place of being refused."
        />
        <Lines
          {...field("example")}
          label="Example"
          help="What such an event holds, as JSON. Tenants see it: leave out what is personal. Optional."
        />
        <p class="actions">
          <button type="submit">Save</button>
          <a href={path}>Cancel</a>
        </p>
      </PostForm>
    ),
  });
}
