// The texts for brand.mjs: a fictional brand, the people who promote it, and what they write.

export const BRAND = {
  name: "Fernlight",
  host: "go.fernlight.test",
  site: "https://fernlight.test/",
  handle: "fernlight",
  color: "#4f46e5",
  zone: "America/New_York",
  program: "Creators",
  headline: "Recommend Fernlight and earn 20% for life",
  introduction: "Fernlight handles invoicing, time tracking and tax estimates for freelancers. 40,000 people run their business on it.\n\nIf they read, watch or learn from you, we’d love to work with you. You’ll get a partner manager, a free Studio account, and brand assets to use however you like.",
  terms: "Be honest: disclose next to your link that you earn a commission.\n\nDon’t bid on “Fernlight” or misspellings of it in search ads, and don’t send unsolicited emails.\n\nYour own purchases don’t earn commission. If a sale is refunded within 30 days, its commission is reversed.\n\nWe pay approved commissions on the first of each month, with a minimum of $50. Either of us can end this agreement at any time; we’ll pay whatever you’ve earned by then.",
};

/** Name and slug, top performers first. */
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
  { kind: "Text", title: "Social media post", body: "I send invoices with Fernlight in two minutes, and it tells me how much to set aside for taxes. Try it for free: [your link]" },
  { kind: "Text", title: "Newsletter text", body: "Freelancing? Fernlight handles invoices, time tracking and taxes in one place. Readers of this newsletter get their first month free: [your link]" },
  { kind: "Link", title: "Press kit", body: "https://fernlight.test/press" },
];

const answers = (website, promotion, audience) => ({ "Website or channel": website, "How will you promote us?": promotion, ...(audience && { "Audience": audience }) });
export const APPLICANTS = [
  { name: "Rosa Delgado", slug: "rosa", days: 0.1, answers: answers("https://rosadelgado.test/newsletter", "A weekly newsletter for 18,000 freelance designers. I’d write about how I do my taxes with Fernlight.") },
  { name: "The Studio Ledger", slug: "studio-ledger", days: 0.6, answers: answers("https://youtube.test/@studioledger", "I post two videos a month about running a small studio (42,000 subscribers) and want to compare three invoicing tools.") },
  { name: "Emil Sand", slug: "emil", days: 1.3, answers: answers("https://emilsand.test", "I teach a course for new freelancers and would add Fernlight to the lesson on tools.") },
  { name: "Coupon Castle", slug: "coupon-castle", days: 2.2, answers: answers("https://couponcastle.test", "Coupon site with 2 million visits a month.") },
  { name: "Amara Nwosu", slug: "amara", days: 3.5, approve: true, answers: answers("https://amara.test/podcast", "Podcast for photographers, 9,000 listeners per episode.") },
  { name: "Quiet Work", slug: "quiet-work", days: 4.1, approve: true, answers: answers("https://quietwork.test", "A blog and a Discord server for people who left agency life.") },
];

export const CLAIMS = [
  { place: 2, days: 1, bought: "Studio plan, yearly", order: "FL-20931", note: "She watched my video and bought on her laptop an hour later." },
  { place: 6, days: 3, bought: "Solo plan", order: "FL-20877", note: "He used my link, then came back through Google." },
];

/** The credited affiliate, the price and the buyer. */
export const SALES = [
  ["maya", 4_900, "jo@papertrail.test"], ["solo-studio", 19_900, "team@oakandco.test"], ["devon", 2_900, "kim@bluekite.test"],
  ["maya", 9_900, "hello@lumenworks.test"], ["pixel-paper", 4_900, "ana@redbrick.test"], ["maya", 19_900, "studio@northfolk.test"],
];
