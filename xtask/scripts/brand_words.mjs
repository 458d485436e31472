// What brand.mjs says: a made-up brand, the people who promote it, and what they write.

export const BRAND = {
  name: "Fernlight",
  host: "go.fernlight.test",
  site: "https://fernlight.test/",
  handle: "fernlight",
  color: "#4f46e5",
  zone: "America/New_York",
  program: "Creators",
  headline: "Recommend Fernlight, earn 20 % for life",
  introduction: "Fernlight is invoicing, time tracking and tax estimates for people who work for themselves. 40,000 freelancers run their business on it.\n\nIf they read you, watch you or learn from you, we would love to work with you. You get a partner manager, a free Studio account and material that you may use as you like.",
  terms: "Be honest: say that you are paid for what you recommend, close to the link.\n\nDon’t bid on “Fernlight” or misspellings of it in search ads, and don’t send mail to people who didn’t ask for it.\n\nYour own purchases earn nothing. Refunds within 30 days take the commission back.\n\nWe pay on the first of each month what was approved by then, from $50 on. Either of us can end this at any time; what you earned until then is paid.",
};

/** Name and short name, who brings most first. */
export const CREATORS = [
  ["Maya Lindqvist", "maya"], ["The Solo Studio", "solo-studio"], ["Devon Carter", "devon"], ["Pixel & Paper", "pixel-paper"], ["Freelance Friday", "freelance-friday"],
  ["Studio Halden", "studio-halden"], ["Priya Raman", "priya"], ["Jonas Weber", "jonas-weber"], ["Side Hustle Weekly", "side-hustle"], ["Camille Moreau", "camille"],
  ["Ledger Lounge", "ledger-lounge"], ["Tomás Ribeiro", "tomas"], ["Code & Coffee", "code-coffee"], ["Hannah Brooks", "hannah"], ["The Invoice Nerd", "invoice-nerd"],
  ["Nordic Makers", "nordic-makers"], ["Aisha Bello", "aisha"], ["Remote Roots", "remote-roots"], ["Lucas Ferreira", "lucas"], ["Copy Club", "copy-club"],
  ["Kenji Mori", "kenji"], ["Small Biz Sofia", "sofia"], ["Design Diary", "design-diary"], ["Marta Kowalska", "marta"], ["Bookkeeper Ben", "bookkeeper-ben"],
  ["Nomad Numbers", "nomad-numbers"], ["Elena Petrova", "elena"], ["Photo Pro Tips", "photo-pro"], ["Oliver Grant", "oliver"], ["Write for a Living", "write-living"],
  ["Zanele Dube", "zanele"], ["Tax Time Tina", "tina"], ["Makerspace Milan", "milan"], ["Ravi Menon", "ravi"], ["Agency of One", "agency-of-one"],
  ["Clara Jensen", "clara"], ["The Gig Report", "gig-report"], ["Noah Fischer", "noah"], ["Illustrated Life", "illustrated"], ["Grace Okafor", "grace"],
  ["Productive Pete", "pete"], ["Yuki Tanaka", "yuki"], ["Translator Talk", "translator"], ["Mateo Silva", "mateo"], ["Founders’ Kitchen", "founders-kitchen"],
  ["Ines Costa", "ines"], ["Yoga & Yield", "yoga-yield"], ["Sam Whitfield", "sam"], ["Videographer HQ", "video-hq"], ["Lea Novak", "lea"],
];

export const BUYERS = {
  first: ["anna", "ben", "carla", "dan", "eve", "felix", "gina", "harry", "iris", "jack", "kate", "leo", "mona", "nick", "olga", "paul", "rita", "seth", "tara", "will"],
  firms: ["brightdesk", "oakandco", "hillstudio", "lumenworks", "papertrail", "northfolk", "bluekite", "smallbatch", "farpoint", "greenroom", "quietloop", "redbrick", "tinygiant", "papercut", "coldpress"],
};

export const PROGRAMS = [
  { name: "Launch partners", slug: "launch", components: [
    { type: "flat", amountCents: 4_000, currency: "USD", when: { on: "new" } },
    { type: "percentage", ratePercent: "10", when: { on: "recurring" }, duration: { months: 12 } },
  ] },
  { name: "Agencies", slug: "agencies", components: [{ type: "percentage", ratePercent: "30", duration: { months: 12 } }] },
];

export const ASSETS = [
  { kind: "File", title: "Banner, 1200 × 628", file: "banner.png" },
  { kind: "File", title: "Logo on white", file: "logo.png" },
  { kind: "Text", title: "A tweet", body: "I send my invoices with Fernlight in two minutes, and it tells me what to put aside for taxes. Try it free: [your link]" },
  { kind: "Text", title: "For a newsletter", body: "Working for yourself? Fernlight does invoices, time and taxes in one place. Readers of this letter get their first month free: [your link]" },
  { kind: "Link", title: "Press kit", body: "https://fernlight.test/press" },
];

const answers = (website, promotion, audience) => ({ "Website or channel": website, "How will you promote us?": promotion, ...(audience && { "Audience": audience }) });
export const APPLICANTS = [
  { name: "Rosa Delgado", slug: "rosa", days: 0.1, answers: answers("https://rosadelgado.test/newsletter", "A weekly letter to 18,000 freelance designers. I would write about how I do my taxes with Fernlight.") },
  { name: "The Studio Ledger", slug: "studio-ledger", days: 0.6, answers: answers("https://youtube.test/@studioledger", "Videos about running a small studio, twice a month, 42,000 subscribers. I want to compare three invoicing tools.") },
  { name: "Emil Sand", slug: "emil", days: 1.3, answers: answers("https://emilsand.test", "I teach a course for first-time freelancers and would add Fernlight to the tools lesson.") },
  { name: "Coupon Castle", slug: "coupon-castle", days: 2.2, answers: answers("https://couponcastle.test", "Voucher site, 2 million visits a month.") },
  { name: "Amara Nwosu", slug: "amara", days: 3.5, approve: true, answers: answers("https://amara.test/podcast", "Podcast for photographers, 9,000 listeners an episode.") },
  { name: "Quiet Work", slug: "quiet-work", days: 4.1, approve: true, answers: answers("https://quietwork.test", "A blog and a Discord for people who left agencies.") },
];

export const CLAIMS = [
  { place: 2, days: 1, bought: "Studio plan, yearly", order: "FL-20931", note: "She watched my video and bought on her laptop an hour later." },
  { place: 6, days: 3, bought: "Solo plan", order: "FL-20877", note: "He used my link, then came back through Google." },
];

/** Who is credited, the price, and the buyer. */
export const SALES = [
  ["maya", 4_900, "jo@papertrail.test"], ["solo-studio", 19_900, "team@oakandco.test"], ["devon", 2_900, "kim@bluekite.test"],
  ["maya", 9_900, "hello@lumenworks.test"], ["pixel-paper", 4_900, "ana@redbrick.test"], ["maya", 19_900, "studio@northfolk.test"],
];
