import { sweep } from "../deliveries/sweep";
import type { Gateway } from "../env";

/** What the cron of every minute does. */
export async function everyMinute(gateway: Gateway): Promise<void> {
  await sweep(gateway);
}
