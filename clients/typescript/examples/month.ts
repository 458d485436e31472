/**
 * Prints what each affiliate has earned since a date, and the receipt of the largest commission:
 *   REKOMI_URL=https://ledger.brand.com REKOMI_API_KEY=rk_live_… node examples/month.ts 2026-11-01
 */
import { Rekomi, RekomiError } from "../src/rekomi.ts";

declare const process: { env: Record<string, string | undefined>; argv: string[]; exitCode: number };
declare const console: { log(...words: unknown[]): void; error(...words: unknown[]): void };

const rekomi = new Rekomi({ baseUrl: process.env["REKOMI_URL"] ?? "http://127.0.0.1:8080", apiKey: process.env["REKOMI_API_KEY"] ?? "" });
const since = process.argv[2] ?? "2026-11-01";

try {
  const earned = new Map<string, number>();
  let largest: { id: string; amountCents: number } | undefined;
  for await (const commission of rekomi.commissions.list({ perPage: 100, from: since })) {
    const key = `${commission.affiliateId} ${commission.currency}`;
    earned.set(key, (earned.get(key) ?? 0) + commission.amountCents);
    if (commission.amountCents > (largest?.amountCents ?? 0)) largest = commission;
  }
  for (const [who, cents] of earned) console.log(who, (cents / 100).toFixed(2));
  if (largest) console.log((await rekomi.commissions.explain(largest.id)).headline);
} catch (error) {
  if (!(error instanceof RekomiError)) throw error;
  console.error(`${error.code}: ${error.message} (request ${error.requestId ?? "without an id"})`);
  process.exitCode = 1;
}
