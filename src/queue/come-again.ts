import type { Gateway } from "../env";
import { log, logFault } from "../observability/log";
import { MessageSchema } from "./messages";

/** Ever longer delays: 100 retries, which is what the platform allows, take 21 hours. */
const RETRY_STEP_SECONDS = 30;
const RETRY_MOST_SECONDS = 900;
/** An event that was answered 202 begins anew after so many attempts, for as long as it may have to wait. */
const ANEW_AFTER_ATTEMPTS = 30;
const ACCEPTED_WAITS_MS = 4 * 86_400_000;
/** The others of a batch do so in its next attempts: the Free plan's 50 subrequests are shared. */
const MOST_ANEW = 20;

/**
 * Lets messages that met a fault of ours come again. An event that is stored nowhere else does not use up its retries:
 * it is put into the queue anew until it is four days old, and becomes a dead letter after that.
 */
export async function comeAgain(
  gateway: Pick<Gateway, "queue" | "now">,
  messages: readonly Message<unknown>[],
  error: unknown,
): Promise<void> {
  let anewLeft = MOST_ANEW;
  for (const message of messages) {
    logFault("message.failed", error, { message_id: message.id, attempts: message.attempts });
    const delaySeconds = Math.min(RETRY_MOST_SECONDS, RETRY_STEP_SECONDS * message.attempts);
    if (anewLeft > 0 && mayBeginAnew(message, gateway.now())) {
      anewLeft--;
      if (await sendAnew(gateway, message, delaySeconds)) continue;
    }
    message.retry({ delaySeconds });
  }
}

function mayBeginAnew({ attempts, body }: Message<unknown>, now: number): boolean {
  if (attempts < ANEW_AFTER_ATTEMPTS) return false;
  const { data } = MessageSchema.safeParse(body);
  return data !== undefined && "accept" in data && now - data.accept.receivedAt < ACCEPTED_WAITS_MS;
}

/** Who dies in between leaves two of it, which are stored as one event. */
async function sendAnew(
  { queue }: Pick<Gateway, "queue">,
  message: Message<unknown>,
  delaySeconds: number,
): Promise<boolean> {
  try {
    if (!queue) return false;
    await queue.send(message.body, { delaySeconds });
  } catch (error) {
    logFault("message.not_sent_anew", error, { message_id: message.id });
    return false;
  }
  message.ack();
  log("message.sent_anew", { message_id: message.id, attempts: message.attempts }, "warn");
  return true;
}
