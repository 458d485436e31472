/**
 * Reports the sales and refunds of a Gumroad account: docs/integrations/shops.md#gumroad says how to set it up. A
 * Cloudflare Worker; any other server can call `fetch` with a request and the settings. Fields: https://gumroad.com/ping
 */
import type { EdgeConversion } from "../src/rekomi.ts";
import { type RelayEnv, evidence, pass } from "./relay.ts";

interface Env extends RelayEnv {
  /** The path of the URL that you give to Gumroad. Gumroad doesn't sign its pings, so keep it secret. */
  GUMROAD_PATH: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const path = new URL(request.url).pathname.slice(1);
    const known = env.GUMROAD_PATH.length >= 32 && (await digest(path)) === (await digest(env.GUMROAD_PATH));
    if (request.method !== "POST" || !known) return new Response("not found", { status: 404 });
    return pass(conversion(new URLSearchParams(await request.text())), env);
  },
};

function conversion(ping: URLSearchParams): EdgeConversion | undefined {
  const field = (name: string) => ping.get(name) || null;
  const sale = field("sale_id");
  const price = Number(ping.get("price")); // in US cents, whatever the product's currency is
  if (!sale || !Number.isInteger(price) || price <= 0 || ping.get("test") === "true") return undefined;
  const externalEventId = `gumroad_${sale}`;
  switch (field("resource_name") ?? "sale") {
    case "refund":
      // The ping of a partial refund doesn't say how much was refunded.
      if (ping.get("refunded") !== "true") return undefined;
      return { type: "refund", externalEventId: `${externalEventId}_refund`, refundOf: externalEventId, amountCents: price, currency: "USD" };
    case "sale":
      return {
        externalEventId,
        amountCents: price,
        currency: "USD",
        customerEmail: field("email"),
        subscriptionId: field("subscription_id"),
        productId: field("short_product_id"),
        couponCode: field("offer_code"),
        ...evidence(field("url_params[rekomi_ref]") ?? field("url_params[rk]") ?? field("url_params[via]")),
      };
    default:
      return undefined;
  }
}

/** Digests are compared instead of the paths, so that the time it takes says nothing about the right one. */
async function digest(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).join();
}
