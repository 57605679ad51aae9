/** So many in so many seconds: a bucket of `quota` tokens that fills in `seconds`. */
export type Rate = { quota: number; seconds: number };
export type Bucket = { tokens: number; at: number };

/** What a bucket holds at `now`, in milliseconds. A clock that went back fills nothing. Pure. */
export function filled(bucket: Bucket | undefined, { quota, seconds }: Rate, now: number): Bucket {
  if (!bucket) return { tokens: quota, at: now };
  const gained = (Math.max(0, now - bucket.at) / 1000) * (quota / seconds);
  return { tokens: Math.min(quota, bucket.tokens + gained), at: Math.max(now, bucket.at) };
}

/** After how many seconds, rounded up, a bucket that holds too little has a token again. Pure. */
export function secondsToToken({ tokens }: Bucket, { quota, seconds }: Rate): number {
  return Math.max(1, Math.ceil((1 - tokens) * (seconds / quota)));
}
