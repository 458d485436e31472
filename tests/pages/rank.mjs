// How the command palette ranks names; driven by tests/dashboard/palette.rs.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../ledger/assets/rank.js", import.meta.url), "utf8");
const rank = new Function(`${source}; return rank;`)();
const check = (holds, what) => { if (!holds) throw new Error(what); };

const pages = [
  { name: "Payouts", words: "pay money" },
  { name: "Payout runs", words: "batch" },
  { name: "Link domains", words: "dns cname" },
  { name: "API keys", words: "token secret" },
  { name: "Webhooks", words: "events endpoint" },
  { name: "Tax forms", words: "w9" },
  { name: "Create API key", words: "" },
];
const names = (typed, isRecent) => rank.sort(typed, pages, isRecent).map(({ name }) => name);

check(rank.score("payouts", "Payouts") === 1, "the same is 1, whatever the case");
check(names("pay")[0] === "Payouts" && names("pay").includes("Payout runs"), `pay: ${names("pay")}`);
check(names("runs")[0] === "Payout runs", `a later word: ${names("runs")}`);
check(names("dns").join() === "Link domains", `another word for it: ${names("dns")}`);
check(names("hook").join() === "Webhooks", `within a word: ${names("hook")}`);
check(names("ak").includes("API keys"), `first letters: ${names("ak")}`);
check(names("api")[0] === "API keys", `the beginning comes first: ${names("api")}`);
check(names("payout", (item) => item.name === "Payout runs")[0] === "Payout runs", "what was used recently comes first");
for (const typed of ["lauren", "zz", "skew"]) check(names(typed).length === 0, `${typed} fits nothing: ${names(typed)}`);
check(rank.score("a".repeat(200), "a".repeat(60)) === 0, "a long text ends soon");
console.log("done");
