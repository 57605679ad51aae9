/** In the place of src/api/ingest/document.ts, which describes a route that asks for no schema. */
export function describeIngest() {}
