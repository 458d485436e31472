/**
 * Reports the sales, renewals and refunds of a Lemon Squeezy store: docs/integrations/shops.md#lemon-squeezy says how to set it
 * up. A Cloudflare Worker; any other server can call `fetch` with a request and the settings. Fields:
 * https://docs.lemonsqueezy.com/help/webhooks
 */
import type { EdgeConversion } from "../src/rekomi.ts";
import { type RelayEnv, evidence, pass } from "./relay.ts";

interface Env extends RelayEnv {
  /** The webhook's signing secret, which you choose in Lemon Squeezy. */
  LEMON_SQUEEZY_SECRET: string;
}

interface Message {
  meta: { event_name: string; test_mode?: boolean; custom_data?: Record<string, unknown> };
  /** An order or a subscription's invoice. Amounts are in minor units of its currency, and `total` includes `tax`. */
  data: { id: string; attributes: Payment };
}

interface Payment {
  customer_id: number | string;
  user_email: string;
  currency: string;
  total: number;
  tax: number;
  refunded_amount?: number;
  /** An invoice's. The one of the first payment comes together with its order. */
  subscription_id?: number | string;
  billing_reason?: "initial" | "renewal" | "updated";
  /** An order's. */
  first_order_item?: { product_id?: number | string };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== "POST") return new Response("not found", { status: 404 });
    const body = await request.text();
    if (!(await signed(body, request.headers.get("X-Signature") ?? "", env.LEMON_SQUEEZY_SECRET))) {
      return new Response("wrong signature", { status: 401 });
    }
    return pass(conversion(JSON.parse(body)), env);
  },
};

function conversion({ meta, data }: Message): EdgeConversion | undefined {
  const { attributes } = data;
  const net = attributes.total - attributes.tax;
  const isFirst = attributes.billing_reason === "initial";
  const order = `lemon_order_${data.id}`;
  const invoice = `lemon_invoice_${data.id}`;
  if (meta.test_mode) return undefined;
  const buyer = {
    currency: attributes.currency,
    customerId: `lemon_${attributes.customer_id}`,
    customerEmail: attributes.user_email,
    ...evidence(meta.custom_data?.["rekomi_ref"]),
  };
  const productId = attributes.first_order_item?.product_id;
  switch (meta.event_name) {
    case "order_created":
      // A free order is a lead, such as a trial: its first payment is credited to the same affiliate.
      if (net <= 0) return { type: "lead", externalEventId: order, ...buyer };
      return {
        externalEventId: order,
        amountCents: net,
        paidCents: attributes.total,
        ...(productId === undefined ? {} : { productId: String(productId) }),
        ...buyer,
      };
    case "subscription_payment_success":
      if (isFirst || net <= 0) return undefined;
      return { externalEventId: invoice, amountCents: net, paidCents: attributes.total, subscriptionId: String(attributes.subscription_id), ...buyer };
    case "order_refunded":
      return refund(order, attributes);
    case "subscription_payment_refunded":
      return isFirst ? undefined : refund(invoice, attributes);
    default:
      return undefined;
  }
}

/** The refunded part of the amount without tax. */
function refund(refundOf: string, { total, tax, refunded_amount = total, currency }: Payment): EdgeConversion | undefined {
  const amountCents = total > 0 ? Math.round((refunded_amount * (total - tax)) / total) : 0;
  return amountCents > 0 ? { type: "refund", externalEventId: `${refundOf}_refund`, refundOf, amountCents, currency } : undefined;
}

/** Whether the signature is the body's HMAC-SHA256 in hexadecimal. */
async function signed(body: string, signature: string, secret: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/i.test(signature)) return false;
  const text = new TextEncoder();
  const mac = Uint8Array.from(signature.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const key = await crypto.subtle.importKey("raw", text.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, mac, text.encode(body));
}
