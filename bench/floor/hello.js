// The least there is: a request is read and answered.
export default {
  async fetch(request) {
    await request.text();
    return new Response("hello");
  },
};
