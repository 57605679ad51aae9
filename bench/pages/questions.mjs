import { payloadOf, RARE } from "../fill/payload.mjs";

/** All that is asked: a name, and for what a side knows the way in, the path and the body. */
export function questions() {
  const api = (path) => [`GET ${named(path)}`, (known) => ({ by: "api", path: path(known) })];
  const pageOf = (by) => (path) => [
    `/${by}${named(path)}`.replace(/\/$/, ""),
    (known) => ({ by, path: `/${by}${path(known)}`.replace(/\/$/, "") }),
  ];
  const dashboard = pageOf("dashboard");
  const portal = pageOf("portal");
  const encoded = Object.fromEntries(Object.entries(RARE).map(([name, text]) => [name, encodeURIComponent(text)]));
  const states = ["pending", "delivered", "exhausted", "discarded"];
  const ranges = ["1h", "24h", "7d", "30d"];
  const events = [
    () => "/events",
    (k) => `/events?account_id=${k.large.account}`,
    (k) => `/events?account_id=${k.small.account}`,
    ...states.map((state) => () => `/events?state=${state}`),
    (k) => `/events?account_id=${k.small.account}&state=exhausted`,
    () => `/events?q=${encoded.near}`,
    () => `/events?q=${encoded.deep}`,
    () => "/events?q=refs/heads/main",
    () => "/events?q=nowhere",
    (k) => `/events?account_id=${k.large.account}&q=nowhere`,
    (k) => `/events?account_id=${k.small.account}&q=nowhere&state=exhausted`,
    (k) => `/events?q=nowhere&cursor=${k.heavy}`,
    (k) => `/events?event_id=${k.middle.event.slice(0, 16)}`,
    (k) => `/events?from=${k.past.from}&to=${k.past.to}`,
    (k) => `/events?cursor=${k.middle.event}`,
    (k) => `/events?account_id=${k.large.account}&cursor=${k.middle.event}`,
  ];
  const deliveries = [
    () => "/deliveries",
    (k) => `/deliveries?account_id=${k.large.account}`,
    (k) => `/deliveries?account_id=${k.small.account}`,
    (k) => `/deliveries?destination_id=${k.large.destination}`,
    (k) => `/deliveries?destination_id=${k.small.destination}`,
    ...states.map((state) => () => `/deliveries?state=${state}`),
    ...states.map((state) => (k) => `/deliveries?account_id=${k.large.account}&state=${state}`),
    ...states.map((state) => (k) => `/deliveries?destination_id=${k.large.destination}&state=${state}`),
    () => "/deliveries?status_code=500",
    () => "/deliveries?status_code=418",
    (k) => `/deliveries?destination_id=${k.large.destination}&status_code=418`,
    () => "/deliveries?reason=attempts_exhausted",
    () => "/deliveries?reason=unsendable",
    (k) => `/deliveries?destination_id=${k.large.destination}&reason=unsendable`,
    (k) => `/deliveries?from=${k.past.from}&to=${k.past.to}`,
    (k) => `/deliveries?account_id=${k.small.account}&from=${k.past.from}&to=${k.past.to}`,
    (k) => `/deliveries?destination_id=${k.large.destination}&from=${k.past.from}&to=${k.past.to}`,
    (k) => `/deliveries?cursor=${k.middle.delivery}`,
    (k) => `/deliveries?account_id=${k.large.account}&cursor=${k.middle.delivery}`,
    (k) => `/deliveries?destination_id=${k.large.destination}&state=exhausted&cursor=${k.middle.delivery}`,
  ];
  const one = [(k) => `/events/${k.middle.event}`, (k) => `/deliveries/${k.middle.delivery}`];
  // without what only operators have
  const tenants = (paths) => paths.filter((path) => !/account_id|<small/.test(named(path)));
  return [
    ["POST /server/incoming_data", () => ({ by: "ingest", path: "/server/incoming_data", body: payloadOf(1) })],
    ...[...events, ...deliveries, ...one].map(api),
    ...ranges.flatMap((range) =>
      [
        () => `/stats?range=${range}`,
        (k) => `/stats?range=${range}&account_id=${k.large.account}`,
        (k) => `/stats?range=${range}&destination_id=${k.large.destination}`,
      ].map(api),
    ),
    ...[
      () => "/accounts",
      (k) => `/accounts/${k.large.account}/destinations`,
      () => "/dead-letters",
      () => "/health",
    ].map(api),
    ...ranges.map((range) => dashboard(() => `/?range=${range}`)),
    ...[
      () => "/accounts",
      () => "/accounts?q=example",
      (k) => `/accounts/${k.large.account}`,
      (k) => `/accounts/${k.small.account}`,
      (k) => `/accounts/${k.large.account}/remove`,
      (k) => `/destinations/${k.large.destination}`,
      (k) => `/destinations/${k.failing}`,
      () => "/dead-letters",
      () => "/keys",
      ...events,
      ...deliveries,
      ...one,
    ].map(dashboard),
    ...[
      () => "/",
      (k) => `/destinations/${k.large.destination}`,
      ...tenants(events),
      ...tenants(deliveries),
      (k) => `/events/${k.large.event}`,
      (k) => `/deliveries/${k.large.delivery}`,
    ].map(portal),
  ];
}

/** A path as the table shows it: with words for what differs from one database to the other. */
function named(path) {
  const words = (prefix) => ({ account: `<${prefix}>`, destination: `<${prefix}'s>`, event: "<id>", delivery: "<id>" });
  return decodeURIComponent(
    path({
      large: words("large"),
      small: words("small"),
      middle: { event: "<middle>", delivery: "<middle>" },
      past: { from: "<past>", to: "<past>" },
      failing: "<failing>",
      heavy: "<20 MB>",
    }),
  ).replace("/?", "?");
}
