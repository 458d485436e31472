// Stands in for the key-value store: speaks workerd's own protocol, and knows a link under every slug `link-{number}`.
const id = (prefix, number) => `${prefix}_${String(number).padStart(26, "0")}`;

function link(slug) {
  return {
    kind: "link",
    organizationId: id("org", 1),
    programId: id("prog", 1),
    affiliateId: id("aff", slug.slice(5)),
    linkId: id("lnk", slug.slice(5)),
    slug,
    destination: "https://shop.bench.test/pricing",
    windowDays: 60,
    attributionModel: "LastTouch",
  };
}

export default {
  fetch(request) {
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const slug = /^link:[^/]+\/(link-\d+)$/.exec(key)?.[1];
    if (request.method !== "GET" || !slug) return new Response(null, { status: 404 });
    return Response.json({ version: 1, record: link(slug) });
  },
};
