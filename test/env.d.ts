/// <reference types="vite/types/importMeta.d.ts" />

declare namespace Cloudflare {
  interface Env {
    DB: D1Database;
    QUEUE: Queue;
    ACCEPT: string;
    RETENTION_DAYS: string;
    ADMIN_TOKEN: string;
    TOKEN_KEYS: string;
    SEALING_KEYS: string;
    ALLOW_PRIVATE_DESTINATIONS: string;
    /** Repeats the random sequences of a run; empty means new ones. */
    SEED: string;
    /** How many inputs `test/fuzz` sends; empty means a few. */
    FUZZ: string;
    /** `full` runs the simulations in their whole length. */
    SIMULATE: string;
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
}
