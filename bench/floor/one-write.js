// The least that is durable: two inserts in one transaction, and then the answer.
export default {
  async fetch(request, { DB }) {
    const payload = await request.text();
    const id = crypto.randomUUID();
    const now = Date.now();
    await DB.batch([
      DB.prepare("INSERT INTO events (id, payload, received_at) VALUES (?, ?, ?)").bind(id, payload, now),
      DB.prepare("INSERT INTO deliveries (event_id, due_at) VALUES (?, ?)").bind(id, now),
    ]);
    return Response.json({ id });
  },
};
