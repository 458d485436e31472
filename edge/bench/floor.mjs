// The floor: what workerd takes to answer a redirect at all, with as many headers as ours and nothing worked out.
const headers = {
  Location: "https://shop.bench.test/",
  "Cache-Control": "no-store",
  "Rekomi-Request-Id": "0",
  "Set-Cookie": "_rkmi=0; Max-Age=5184000; Path=/; Secure; HttpOnly; SameSite=Lax",
};

export default {
  fetch() {
    return new Response(null, { status: 302, headers });
  },
};
