// Stands in for the queue. What arrives is only kept while the clock runs, and counted when `GET /tally` asks, so that
// counting costs the measured Worker nothing. `GET /forget` counts nothing: a peer's messages can be in any format.
let kept = [];

function tally() {
  const ids = new Set();
  const total = { messages: kept.length, bytes: 0, events: 0, human: 0, distinct: 0, largest: 0 };
  for (const body of kept) {
    const { events } = JSON.parse(new TextDecoder().decode(body));
    total.bytes += body.byteLength;
    total.events += events.length;
    total.largest = Math.max(total.largest, events.length);
    for (const event of events) {
      ids.add(event.id);
      total.human += event.payload.click?.class === "human" ? 1 : 0;
    }
  }
  total.distinct = ids.size;
  return total;
}

export default {
  async fetch(request) {
    if (request.method === "POST") {
      kept.push(await request.arrayBuffer());
      return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
    }
    if (new URL(request.url).pathname === "/forget") kept = [];
    const total = tally();
    kept = [];
    return Response.json(total);
  },
};
