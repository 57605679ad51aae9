import { Helper } from "../processes.mjs";

/** A load generator and a receiver, in processes of their own, so that they share no thread with anything. */
export async function openLoad() {
  const sender = new Helper(new URL("sender.mjs", import.meta.url));
  const receiver = new Helper(new URL("receiver.mjs", import.meta.url));
  return { sender, receiver, close: () => Promise.all([sender.end(), receiver.end()]) };
}
