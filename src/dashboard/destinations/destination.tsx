/** Destinations: where events go. Their settings and health, and what is done to them: test, secret, enabling, removal. */

import { listDeliveries } from "../../deliveries/reading/read-deliveries";
import { readTrouble } from "../../deliveries/reading/read-trouble";
import { listRecoveries, type Recovery } from "../../deliveries/recoveries/recover";
import type { Destination } from "../../destinations/destination";
import { readStats } from "../../stats/read-stats";
import { pauseReasonOf } from "../../vocabulary/states";
import { DeliveryTable } from "../deliveries/list";
import { Notice } from "../parts/elements";
import { PostForm } from "../parts/forms";
import { notFoundPage } from "../parts/not-found";
import { page } from "../parts/page";
import { viewOf } from "../parts/paging";
import { crumbsOf, destinationInView } from "../parts/place";
import { RecoverForm, type RecoverValues, RecoveryTable } from "../recoveries/form";
import { mayChange, type PageContext, type Viewer } from "../session/viewer";
import { Cause } from "./cause";
import { DestinationFacts, DestinationHeaders } from "./facts";
import { HealthSentence } from "./health";
import { UnreadableNotice } from "./unreadable";

const DAY_MS = 86_400_000;
const LATEST = 10;
const LATEST_RECOVERIES = 5;

const DONE: Record<string, { tone: "good" | "bad"; text: string }> = {
  saved: { tone: "good", text: "Saved." },
  enabled: { tone: "good", text: "Enabled, with a clean history. What it missed can be recovered below." },
  disabled: {
    tone: "good",
    text: "Disabled. Until it is enabled, new deliveries are discarded; they can be recovered afterwards.",
  },
  paused: { tone: "good", text: "Paused. What comes for it waits until it is resumed." },
  resumed: { tone: "good", text: "Resumed. What waited goes out, the oldest event first." },
  by_operator: {
    tone: "bad",
    text: "Nothing was changed: an operator has stopped this destination, and only an operator can enable it.",
  },
  suspended: { tone: "bad", text: "Nothing was changed: the account is suspended. Resume the account first." },
  meanwhile: { tone: "bad", text: "Nothing was changed: someone else changed it at the same moment. Try again." },
  unfit: {
    tone: "bad",
    text: "Nothing was changed: it cannot be called with its present settings. Edit it; saving says what is wrong.",
  },
};

export async function destinationPage(c: PageContext) {
  const destination = await destinationInView(c);
  return destination ? destinationView(c, destination) : notFoundPage(c, "destination");
}

/** One destination: its health in one sentence, what can be done about it, and what was sent to it. */
export async function destinationView(c: PageContext, destination: Destination, recover?: RecoverValues) {
  const gateway = c.get("gateway");
  const viewer = c.get("viewer");
  const { destinationId, accountId } = destination;
  const [stats, deliveries, recoveries, trouble] = await Promise.all([
    readStats(gateway, "24h", { destinationId }),
    listDeliveries(gateway, accountId, { destinationId }, { cursor: null, limit: LATEST }),
    listRecoveries(gateway, accountId, destinationId, { limit: LATEST_RECOVERIES }),
    readTrouble(gateway, accountId, destinationId),
  ]);
  const now = gateway.now();
  const path = `${viewer.base}/destinations/${destinationId}`;
  const done = DONE[c.req.query("done") ?? ""];
  return page(c, {
    title: destination.httpMethod,
    of: destination.url,
    crumbs: crumbsOf(c, accountId, { label: destinationId }),
    action: (
      <PostForm action={`${path}/test`}>
        <button type="submit">Send a test event</button>
      </PostForm>
    ),
    status: recover?.status ?? 200,
    children: (
      <>
        {done ? <Notice tone={done.tone}>{done.text}</Notice> : null}
        {c.req.query("done") === "moved" ? <Moved path={path} /> : null}
        {destination.unreadable ? <UnreadableNotice of={destination.unreadable} /> : null}
        <HealthSentence
          of={destination}
          stats={stats}
          attempted={deliveries.deliveries.some((one) => one.attemptCount > 0 && one.updatedAt > now - DAY_MS)}
          waiting={trouble.waiting}
          now={now}
        />
        {destination.consecutiveFailures > 0 && trouble.lastFailure ? (
          <Cause of={trouble.lastFailure} base={viewer.base} />
        ) : null}
        {destination.description ? <p>{destination.description}</p> : null}
        <DestinationFacts destination={destination} />
        <Actions destination={destination} path={path} mayChange={mayChange(viewer)} />
        <DestinationHeaders destination={destination} />
        <Recoveries
          viewer={viewer}
          destination={destination}
          recoveries={recoveries?.recoveries ?? []}
          missedSince={trouble.missedSince}
          now={now}
          values={recover}
        />
        <h2>Latest deliveries</h2>
        <DeliveryTable viewer={viewer} deliveries={deliveries.deliveries} now={now} />
        {deliveries.deliveries.length > 0 ? (
          <a href={viewOf(`${viewer.base}/deliveries`, { destination_id: destinationId })}>All its deliveries</a>
        ) : null}
      </>
    ),
  });
}

function Moved({ path }: { path: string }) {
  return (
    <Notice tone="wait">
      Saved. Its URL leads to another host now, while the one before still knows the signing secret:{" "}
      <a href={`${path}/secret`}>Rotate the signing secret</a>, unless both are yours.
    </Notice>
  );
}

function Actions({ destination, path, mayChange }: { destination: Destination; path: string; mayChange: boolean }) {
  const isPaused = pauseReasonOf(destination) !== null;
  return (
    <div class="actions">
      <a href={`${path}/preview`}>Preview what it gets</a>
      {mayChange ? (
        <>
          <a href={`${path}/edit`}>Edit</a>
          {isPaused ? <Switch to="Resume" path={path} /> : null}
          {isPaused || destination.enabled ? null : <Switch to="Enable" path={path} />}
          {isPaused ? null : <Switch to="Pause" path={path} />}
          <a href={`${path}/secret`}>Rotate the signing secret</a>
          <a href={`${path}/remove`}>Remove</a>
          {isPaused || destination.enabled ? <Disable isPaused={isPaused} path={path} /> : null}
        </>
      ) : null}
    </div>
  );
}

function Switch({ to, path }: { to: "Pause" | "Resume" | "Enable"; path: string }) {
  return (
    <PostForm action={`${path}/${to.toLowerCase()}`} class="inline">
      <button type="submit" class="as-link">
        {to}
      </button>
    </PostForm>
  );
}

/** Says first what it does to what comes, since a pause is what most people want. */
function Disable({ isPaused, path }: { isPaused: boolean; path: string }) {
  return (
    <details class="sure">
      <summary>Disable</summary>
      <PostForm action={`${path}/disable`} class="inline">
        <p>
          {isPaused ? "What waits for it and what comes" : "What comes for it"} is discarded until it is enabled, and
          then not sent unless you recover it. {isPaused ? "" : "To keep it, pause the destination instead."}
        </p>
        <button type="submit" class="danger">
          Disable the destination
        </button>
      </PostForm>
    </details>
  );
}

function Recoveries(props: {
  viewer: Viewer;
  destination: Destination;
  recoveries: Recovery[];
  missedSince: number | null;
  now: number;
  values: RecoverValues | undefined;
}) {
  const { viewer, destination, recoveries, now } = props;
  if (recoveries.length === 0 && !mayChange(viewer)) return null;
  return (
    <section id="recover">
      <h2>Recover what it missed</h2>
      {mayChange(viewer) ? (
        <RecoverForm
          viewer={viewer}
          destination={destination}
          missedSince={props.missedSince}
          now={now}
          values={props.values}
        />
      ) : null}
      {recoveries.length > 0 ? <RecoveryTable viewer={viewer} recoveries={recoveries} now={now} /> : null}
    </section>
  );
}
