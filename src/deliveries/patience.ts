/** Whether the work has ended within that time; what it throws by then is thrown here. It goes on either way. */
export async function finishedWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const patience = Promise.withResolvers<false>();
  const timer = setTimeout(() => patience.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), patience.promise]);
  } finally {
    clearTimeout(timer);
  }
}
