/** The edge: where your server reports sales, leads and refunds, signed. Written manually; it needs nothing but `fetch` and WebCrypto. */

import { deliver, json } from "./runtime.ts";

export interface EdgeOptions {
  /** The URL of your edge, such as `https://go.brand.com`. */
  edgeUrl: string;
  /** `rk_live_…` or `rk_test_…`, with the scope `send_conversions` or a wider one. Keep it on your server. */
  apiKey: string;
  /** `rks_…`: the key's signing secret, shown together with it. */
  signingSecret: string;
  /** The maximum number of retries after 429, 503 or a broken connection. Defaults to 3. */
  retries?: number;
  /** The timeout of each attempt in milliseconds. Defaults to 35,000. */
  timeout?: number;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

export interface EdgeCallOptions {
  signal?: AbortSignal;
}

/** What every report may have. One of `clickToken`, `affiliateSlug` and `couponCode` is the evidence for whom to credit. */
interface Report {
  /** Your own ID of the event. A report with the same ID counts once, so repeating it is safe. */
  externalEventId: string;
  /** The click's token, `rkc_…`: `Rekomi.clickToken` in the script, or `rk` in the landing page's URL. */
  clickToken?: string | null;
  /** The affiliate's slug. */
  affiliateSlug?: string | null;
  /** The coupon code that the buyer used. */
  couponCode?: string | null;
  /** ISO 4217 code. Defaults to `USD`. */
  currency?: string | null;
  /** Your own ID of the customer. */
  customerId?: string | null;
  /** The customer's email address. */
  customerEmail?: string | null;
  /** Your own ID of the subscription. */
  subscriptionId?: string | null;
  /** Your own ID of the product. */
  productId?: string | null;
  /** ISO 3166-1 two-letter country code. */
  country?: string | null;
  /** The program's ID, if nothing else determines it. */
  programId?: string | null;
  /** RFC 3339. Defaults to now; at most a day ahead. */
  occurredAt?: string | null;
  /** Up to 50 values. */
  metadata?: Record<string, unknown> | null;
}

export interface EdgeSale extends Report {
  type?: "sale";
  /** The commissionable amount in minor units, without tax. */
  amountCents: number;
  /** Everything that the buyer paid, including tax and shipping; at least `amountCents`. */
  paidCents?: number | null;
}

export interface EdgeLead extends Report {
  type: "lead";
  /** The person's name, 1 to 255 characters. */
  customerName?: string | null;
}

export interface EdgeRefund extends Report {
  type: "refund";
  /** The `externalEventId` of the sale. */
  refundOf: string;
  /** The refunded part of the commissionable amount, in minor units. */
  amountCents: number;
}

export type EdgeConversion = EdgeSale | EdgeLead | EdgeRefund;

/** Returns the value of the header `Rekomi-Signature` for a body: `t=<unix seconds>,v1=<hex>`. `at` is in seconds; the edge accepts 300 seconds both ways. */
export async function sign(signingSecret: string, body: string, at: number = Math.floor(Date.now() / 1000)): Promise<string> {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(signingSecret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode(`${at}.${body}`)));
  return `t=${at},v1=${Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Your server's connection to the edge. */
export class RekomiEdge {
  readonly #options: EdgeOptions;
  readonly #edgeUrl: string;
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: EdgeOptions) {
    if (!options.apiKey || !options.signingSecret) throw new TypeError("apiKey and signingSecret are required");
    this.#options = options;
    this.#edgeUrl = options.edgeUrl.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /**
   * Reports a sale, lead or refund. When it resolves, the report is stored durably. Repeated reports have the same `eventId`.
   *
   * @throws {RekomiError} 400: a field is invalid; `field` names it.
   * @throws {RekomiError} 401: the key or the signature isn't valid.
   * @throws {RekomiError} 403: the key can't send conversions.
   */
  async send(conversion: EdgeConversion, options: EdgeCallOptions = {}): Promise<{ eventId: string }> {
    const body = JSON.stringify(conversion);
    const { retries = 3 } = this.#options;
    // The ID makes a report safe to repeat.
    return deliver(() => this.#once(body, options.signal), json<{ eventId: string }>, { server: this.#edgeUrl, retries, safe: true, signal: options.signal });
  }

  /** Signs each attempt anew, because a signature expires. */
  async #once(body: string, signal: AbortSignal | undefined): Promise<Response> {
    const { apiKey, signingSecret, timeout = 35_000 } = this.#options;
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      "Content-Type": "application/json",
      "Rekomi-Signature": await sign(signingSecret, body),
    };
    const limits = [AbortSignal.timeout(timeout), ...(signal ? [signal] : [])];
    return this.#fetch(`${this.#edgeUrl}/api/tracking/s2s`, { method: "POST", headers, body, signal: AbortSignal.any(limits) });
  }
}
