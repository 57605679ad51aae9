export const ONE_WRITE_TABLES = [
  "CREATE TABLE events (id TEXT PRIMARY KEY, payload TEXT NOT NULL, received_at INTEGER NOT NULL)",
  "CREATE TABLE deliveries (event_id TEXT PRIMARY KEY, due_at INTEGER NOT NULL) WITHOUT ROWID",
];
