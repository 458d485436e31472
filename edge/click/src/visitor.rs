//! Derives what a request says about its visitor, with no more personal data than counting needs.
//!
//! The IP address is never kept. A visitor is counted by a keyed hash of their network and device type. It differs for
//! each affiliate and each UTC day, thousands of people share it, and it is used only for counting. So it is the same
//! with `Sec-GPC: 1`, for which no country and no referrer is kept.

use std::borrow::Cow;

use hmac::Mac;
use shared::{
    config::LinkRecord,
    event::{ClickClass, Device},
    keys::{KeyRing, encode_hex},
    timestamp::Timestamp,
};

use super::{datacenter::is_datacenter, visit::Visit};
use crate::{
    address::{Parts, is_plain_authority},
    network::Network,
};

/// Bytes of the visitor hash that are kept.
const VISITOR_LEN: usize = 16;

/// Substrings of bots' user agents, in lower case. Cloudflare, not a list, has to recognize bots that pose as browsers.
const BOTS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "facebookexternalhit",
    "facebookcatalog",
    "meta-external",
    "whatsapp/",
    "slack-imgproxy",
    "skypeuripreview",
    "embedly",
    "preview",
    "pinterest/0.",
    "vkshare",
    "w3c_validator",
    "headless",
    "phantomjs",
    "puppeteer",
    "playwright",
    "selenium",
    "lighthouse",
    "page speed",
    "pagespeed",
    "pingdom",
    "statuscake",
    "uptime",
    "monitor",
    "datadog",
    "newrelic",
    "curl/",
    "wget/",
    "python",
    "aiohttp",
    "httpx",
    "go-http-client",
    "java/",
    "okhttp",
    "apache-httpclient",
    "libwww-perl",
    "node-fetch",
    "axios/",
    "undici",
    "postman",
    "insomnia",
    "httpie",
    "scrapy",
    "ruby",
    "guzzle",
    "php/",
    "mediapartners-google",
    "google-inspectiontool",
    "feedfetcher",
    "google-read-aloud",
    "ia_archiver",
    "archive.org",
    "ahrefs",
    "semrush",
    "chatgpt",
    "perplexity",
    "anthropic",
    "cohere-ai",
    "scanner",
    "zgrab",
    "masscan",
    "nmap",
    "nikto",
    "barracuda",
    "proofpoint",
    "mimecast",
    "linkcheck",
    "link check",
    "dispatch/",
    "cfnetwork-healthcheck",
    "wordpress/",
    "drupal",
];
/// User agents that contain a substring above but belong to people: a phone maker.
const NOT_BOTS: &[&str] = &["cubot"];

/// In an agent's number: it is a machine's. `edge/entry.mjs` has the same number.
const MACHINE: u8 = 4;

/// What a request's user agent says. The entry module caches it, since the same few thousand texts keep coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    pub bot: bool,
    pub device: Device,
}

impl Agent {
    pub fn of(user_agent: &str) -> Self {
        let text = user_agent.to_ascii_lowercase();
        let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        let bot = text.trim().is_empty() || (has(BOTS) && !has(NOT_BOTS));
        let device = if has(&["ipad", "tablet", "kindle", "silk/"]) || (has(&["android"]) && !has(&["mobile"])) {
            Device::Tablet
        } else if has(&["mobi", "iphone", "ipod", "android"]) {
            Device::Mobile
        } else if has(&["windows nt", "macintosh", "x11", "cros ", "linux"]) {
            Device::Desktop
        } else {
            Device::Other
        };
        Self { bot, device }
    }

    /// The agent as a number, for the entry module.
    pub const fn code(self) -> u8 {
        self.device as u8 | if self.bot { MACHINE } else { 0 }
    }

    /// The agent with this number.
    pub const fn from_code(code: u8) -> Self {
        let device = match code % MACHINE {
            0 => Device::Desktop,
            1 => Device::Mobile,
            2 => Device::Tablet,
            _ => Device::Other,
        };
        Self { bot: code >= MACHINE, device }
    }
}

/// Classifies a click by what the request says about itself. Only a navigation is a visit; an image, a script, a frame
/// or a `fetch` of another page isn't.
pub fn class(visit: &Visit<'_>, agent: Agent) -> ClickClass {
    let ahead = || {
        let purpose = visit.purpose.to_ascii_lowercase();
        ["prefetch", "prerender", "preview"].iter().any(|mark| purpose.contains(mark))
    };
    let loaded = !matches!(visit.destination, "" | "document");
    match (visit.head, loaded || (!visit.purpose.is_empty() && ahead()), agent.bot) {
        (true, ..) => ClickClass::Head,
        (_, true, _) => ClickClass::Prefetch,
        (.., true) => ClickClass::Bot,
        _ => ClickClass::Human,
    }
}

/// Returns the class under which a click is counted. A click from a datacenter counts as a machine's, whatever its user
/// agent says. A person who browses through one still carries token and cookie, so that their purchases are credited.
pub fn counted_as(class: ClickClass, asn: &str) -> ClickClass {
    if class == ClickClass::Human && is_datacenter(asn) { ClickClass::Bot } else { class }
}

/// Identifies a visitor of one affiliate on one UTC day by their network and device type. Another address in that
/// network, another browser, or Global Privacy Control doesn't make another visitor. Nor does a new key that becomes the
/// current one: only the removal of the old one does, which can wait for the end of a day.
pub fn hash(keys: &KeyRing, link: &LinkRecord, now: Timestamp, network: &Network, device: Device) -> String {
    let day = (now.seconds() / 86_400).to_be_bytes();
    let mac =
        keys.lowest().mac(&[&day, link.organization_id.bytes(), link.affiliate_id.bytes(), network, &[device as u8]]);
    encode_hex(&mac.finalize().into_bytes()[..VISITOR_LEN])
}

/// Returns the host of a referring page. Its path can contain personal data and is not kept.
pub fn referrer_host(referrer: &str) -> Option<Cow<'_, str>> {
    let parts =
        Parts::of(referrer).filter(|parts| is_plain_authority(parts.authority) && parts.authority.len() <= 253)?;
    Some(parts.host())
}

/// Returns the two-character country that the network reports: `XX` (unknown) becomes `None`, `T1` (Tor) is kept.
pub fn country(header: &str) -> Option<Cow<'_, str>> {
    let known = header.len() == 2 && header.bytes().all(|byte| byte.is_ascii_alphanumeric()) && header != "XX";
    let is_upper = !header.bytes().any(|byte| byte.is_ascii_lowercase());
    known.then(|| if is_upper { Cow::Borrowed(header) } else { Cow::Owned(header.to_ascii_uppercase()) })
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{AffiliateId, OrganizationId},
        keys::Purpose,
    };

    use super::*;
    use crate::{network, sample};

    const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 350.0";

    #[test]
    fn people_and_their_devices() {
        for (agent, device) in [
            (CHROME, Device::Desktop),
            (IPHONE, Device::Mobile),
            ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1", Device::Tablet),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
                Device::Mobile,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
                Device::Tablet,
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
                Device::Mobile,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]",
                Device::Mobile,
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", Device::Desktop),
            ("Opera/9.80 (J2ME/MIDP; Opera Mini/9)", Device::Other),
        ] {
            assert_eq!(Agent::of(agent), Agent { bot: false, device }, "{agent}");
        }
    }

    #[test]
    fn programs_are_bots() {
        for agent in [
            "",
            " ",
            "curl/8.5.0",
            "Wget/1.21",
            "python-requests/2.32",
            "Go-http-client/1.1",
            "facebookexternalhit/1.1",
            "WhatsApp/2.23 A",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Slackbot-LinkExpanding 1.0",
            "Twitterbot/1.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36",
            "Pinterest/0.2 (+https://www.pinterest.com/bot.html)",
            "Mozilla/5.0 (compatible; GPTBot/1.2)",
            "Mozilla/5.0 AppleWebKit/537.36 (compatible; ChatGPT-User/1.0)",
            "node-fetch/1.0",
            "okhttp/4.12.0",
        ] {
            assert!(Agent::of(agent).bot, "{agent}");
        }
    }

    fn class_of(purpose: &str, destination: &str, agent: &str) -> ClickClass {
        let packed = ["GET", "https://go.brand.com/a", "", "", "", "", purpose, destination, "", "", ""].join("\n");
        class(&Visit::unpack(&packed).unwrap(), Agent::of(agent))
    }

    #[test]
    fn an_agent_is_a_number_for_the_entry() {
        for (device, code) in [(Device::Desktop, 0), (Device::Mobile, 1), (Device::Tablet, 2), (Device::Other, 3)] {
            for (bot, code) in [(false, code), (true, code + MACHINE)] {
                assert_eq!(Agent { bot, device }.code(), code);
                assert_eq!(Agent::from_code(code), Agent { bot, device });
            }
        }
        let entry = include_str!("../../entry.mjs");
        assert!(entry.contains(&format!("const MACHINE = {MACHINE};")), "the entry module has another number");
    }

    #[test]
    fn classes() {
        assert_eq!(class_of("", "", CHROME), ClickClass::Human);
        assert_eq!(class_of("", "", "curl/8"), ClickClass::Bot);
        for purpose in ["prefetch", "prefetch;prerender", "Prefetch;anonymous-client-ip", "preview"] {
            assert_eq!(class_of(purpose, "document", CHROME), ClickClass::Prefetch, "{purpose}");
        }
        assert_eq!(class_of("fetch", "document", CHROME), ClickClass::Human);
    }

    #[test]
    fn what_a_page_loads_is_no_visit() {
        for destination in ["image", "script", "style", "iframe", "frame", "object", "embed", "empty", "video"] {
            assert_eq!(class_of("", destination, CHROME), ClickClass::Prefetch, "{destination}");
        }
        assert_eq!(class_of("", "document", CHROME), ClickClass::Human);
    }

    #[test]
    fn a_datacenter_counts_as_a_machine() {
        assert_eq!(counted_as(ClickClass::Human, "16509"), ClickClass::Bot);
        assert_eq!(counted_as(ClickClass::Human, "3320"), ClickClass::Human);
        assert_eq!(counted_as(ClickClass::Human, ""), ClickClass::Human);
        assert_eq!(counted_as(ClickClass::Head, "16509"), ClickClass::Head);
    }

    #[test]
    fn a_visitor_is_one_network_and_kind_of_device_a_day_and_affiliate() {
        let keys = KeyRing::parse(&format!("1:{}", "1".repeat(64)), Purpose::Visitor).unwrap();
        let link = |organization, affiliate| LinkRecord {
            organization_id: OrganizationId::from_bytes([organization; 16]),
            affiliate_id: AffiliateId::from_bytes([affiliate; 16]),
            ..sample::link()
        };
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let of = |link: &LinkRecord, seconds, address, device| {
            network::of(address).map(|network| hash(&keys, link, at(seconds), &network, device))
        };
        let (one, noon) = (link(1, 3), 86_400 * 20_000);
        let today = of(&one, noon, "203.0.113.7", Device::Desktop);
        assert_eq!(today.as_ref().map(String::len), Some(32));
        assert_eq!(of(&one, noon + 86_399, "203.0.113.7", Device::Desktop), today);
        assert_eq!(of(&one, noon, "203.0.113.8", Device::Desktop), today, "a neighbor");
        assert_ne!(of(&one, noon + 86_400, "203.0.113.7", Device::Desktop), today, "tomorrow");
        assert_ne!(of(&link(2, 3), noon, "203.0.113.7", Device::Desktop), today, "another brand");
        assert_ne!(of(&link(1, 4), noon, "203.0.113.7", Device::Desktop), today, "another affiliate");
        assert_ne!(of(&one, noon, "203.0.114.7", Device::Desktop), today, "another network");
        assert_ne!(of(&one, noon, "203.0.113.7", Device::Mobile), today, "a phone");
        assert_eq!(of(&one, noon, "", Device::Desktop), None);
        let six = |address| of(&one, noon, address, Device::Desktop);
        assert_eq!(six("2001:db8:7::1"), six("2001:db8:7:ffff:1:2:3:4"));
        assert_ne!(six("2001:db8:7::1"), six("2001:db8:8::1"));
    }

    #[test]
    fn a_new_key_makes_no_other_visitor_until_the_old_one_is_removed() {
        let [old, new] = ["1", "2"].map(|id| format!("{id}:{}", id.repeat(64)));
        let noon = Timestamp::from_seconds(86_400 * 20_000).unwrap();
        let network = network::of("203.0.113.7").unwrap();
        let of = |keys: &str| {
            let keys = KeyRing::parse(keys, Purpose::Visitor).unwrap();
            hash(&keys, &sample::link(), noon, &network, Device::Desktop)
        };
        let before = of(&old);
        assert_eq!(of(&format!("{old},{new}")), before, "both are accepted");
        assert_eq!(of(&format!("{new},{old}")), before, "the new one is current");
        assert_ne!(of(&new), before, "the old one is removed");
    }

    #[test]
    fn only_hosts_of_referrers_and_known_countries() {
        assert_eq!(referrer_host("https://www.YouTube.com/watch?v=1&email=a@b.c").as_deref(), Some("www.youtube.com"));
        assert_eq!(referrer_host("android-app://com.google.android.gm/"), None);
        assert_eq!(referrer_host("https://user:pw@host/"), None);
        assert_eq!((country("de"), country("XX"), country(""), country("DEU")), (Some("DE".into()), None, None, None));
    }
}
