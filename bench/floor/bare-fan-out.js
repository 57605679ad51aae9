// The least that delivers: the body goes to each destination, six at a time as Cloudflare lets a Worker; nothing is stored, so
// what fails is lost.
const AT_A_TIME = 6;

export default {
  async fetch(request, { RECEIVER }, context) {
    const body = await request.text();
    const destinations = Number(new URL(request.url).searchParams.get("destinations"));
    context.waitUntil(fanOut(RECEIVER, body, destinations));
    return new Response("accepted");
  },
};

function fanOut(receiver, body, destinations) {
  let next = 0;
  const sendInTurn = async () => {
    while (next < destinations) {
      const response = await fetch(`${receiver}${next++}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      await response.text();
    }
  };
  return Promise.all(Array.from({ length: AT_A_TIME }, sendInTurn));
}
