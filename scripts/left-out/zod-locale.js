/** In the place of zod's own messages: `src/api/strict/messages.ts` has ours, for every kind of fault. */
export default () => ({ localeError: () => undefined });
