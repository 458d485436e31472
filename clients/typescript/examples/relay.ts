/** What the relays beside this file share: a shop's message comes in, a signed report goes out. */
import { RekomiEdge, RekomiError, type EdgeConversion } from "../src/rekomi.ts";

/** The settings of a relay, each a secret of the Worker or a variable of the server. */
export interface RelayEnv {
  /** The URL of your edge, such as `https://go.brand.com`. */
  REKOMI_EDGE_URL: string;
  /** An API key with the scope `send_conversions`, and its signing secret. */
  REKOMI_API_KEY: string;
  REKOMI_SIGNING_SECRET: string;
}

/** Whom to credit, from what the link or the checkout carried: a click token, or an affiliate's slug. Anything else is left out. */
export function evidence(carried: unknown): { clickToken?: string; affiliateSlug?: string } {
  if (typeof carried !== "string" || !/^[\w-]{3,100}$/.test(carried)) return {};
  if (carried.startsWith("rkc_")) return { clickToken: carried };
  return carried.length <= 64 ? { affiliateSlug: carried } : {};
}

/** Sends a report, and answers the shop. Shops try again after an answer that isn't 200; the report's ID makes that safe. */
export async function pass(report: EdgeConversion | undefined, env: RelayEnv): Promise<Response> {
  if (!report) return new Response("nothing to report");
  const edge = new RekomiEdge({
    edgeUrl: env.REKOMI_EDGE_URL,
    apiKey: env.REKOMI_API_KEY,
    signingSecret: env.REKOMI_SIGNING_SECRET,
    retries: 1,
  });
  try {
    const { eventId } = await edge.send(report);
    return new Response(eventId);
  } catch (error) {
    if (!(error instanceof RekomiError)) throw error;
    return new Response(`${error.code}: ${error.message}`, { status: error.status === 0 ? 503 : error.status });
  }
}
