import { version } from "../../package.json";

/** The `user-agent` of everything that Data Pusher sends. */
export const USER_AGENT = `DataPusher/${version}`;
export const VERSION = version;
