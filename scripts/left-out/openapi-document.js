import { ASSETS } from "../../src/dashboard/assets.gen";

/** In the place of src/api/openapi-document.ts: the document that was made when this Worker was built. */
export async function documentOf(_api, assets) {
  const answer = await assets.fetch(new URL(ASSETS["openapi.json"], "https://assets.invalid"));
  if (!answer.ok) throw new Error(`the OpenAPI document is not among the assets: ${answer.status}`);
  return answer.json();
}
