//! What a request tells about its visitor, with as little of the person in it as counting needs.
//!
//! The address itself is never kept: a keyed hash stands for it, different for each organization and each UTC day. A
//! visitor who sends `Sec-GPC: 1` is counted, but no hash, country or referrer is kept of them.

use hmac::Mac;
use shared::{
    event::{ClickClass, Device},
    id::OrganizationId,
    keys::{KeyRing, encode_hex},
    timestamp::Timestamp,
};

use crate::address::{Parts, is_plain_authority};

/// Bytes of the visitor hash that are kept.
const VISITOR_LEN: usize = 16;

/// Marks of programs, in lower case. Bots that pose as browsers are the network's business, not a list's.
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
/// Contain a mark above, yet are people: a maker of phones.
const NOT_BOTS: &[&str] = &["cubot"];

/// What a request's user agent says; worth remembering, since the same few thousand texts come again and again.
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
}

/// The class of a click. `purpose` is whatever a browser sent as `Sec-Purpose`, `Purpose` or `X-Moz`.
pub fn class(head: bool, purpose: &str, agent: Agent) -> ClickClass {
    let ahead = || {
        let purpose = purpose.to_ascii_lowercase();
        ["prefetch", "prerender", "preview"].iter().any(|mark| purpose.contains(mark))
    };
    match (head, !purpose.is_empty() && ahead(), agent.bot) {
        (true, ..) => ClickClass::Head,
        (_, true, _) => ClickClass::Prefetch,
        (.., true) => ClickClass::Bot,
        _ => ClickClass::Human,
    }
}

/// A visitor of one organization on one UTC day.
pub fn hash(
    keys: &KeyRing,
    organization: OrganizationId,
    now: Timestamp,
    address: &str,
    user_agent: &str,
) -> Option<String> {
    if address.is_empty() {
        return None;
    }
    let day = (now.seconds() / 86_400).to_be_bytes();
    let parts: [&[u8]; 5] = [&day, organization.bytes(), address.as_bytes(), b"\n", user_agent.as_bytes()];
    let mac = keys.current().mac(&parts);
    Some(encode_hex(&mac.finalize().into_bytes()[..VISITOR_LEN]))
}

/// The host of a referring page; its path can carry personal data and is not kept.
pub fn referrer_host(referrer: &str) -> Option<String> {
    let parts =
        Parts::of(referrer).filter(|parts| is_plain_authority(parts.authority) && parts.authority.len() <= 253)?;
    Some(parts.host().into_owned())
}

/// A country as the network tells it: two letters; `XX` (unknown) is none, `T1` (Tor) is kept as the network's answer.
pub fn country(header: &str) -> Option<String> {
    let known = header.len() == 2 && header.bytes().all(|byte| byte.is_ascii_alphanumeric()) && header != "XX";
    known.then(|| header.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

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

    #[test]
    fn classes() {
        let (person, bot) = (Agent::of(CHROME), Agent::of("curl/8"));
        assert_eq!(class(false, "", person), ClickClass::Human);
        assert_eq!(class(false, "", bot), ClickClass::Bot);
        assert_eq!(class(true, "", person), ClickClass::Head);
        for purpose in ["prefetch", "prefetch;prerender", "Prefetch;anonymous-client-ip", "preview"] {
            assert_eq!(class(false, purpose, person), ClickClass::Prefetch, "{purpose}");
        }
        assert_eq!(class(false, "fetch", person), ClickClass::Human);
    }

    #[test]
    fn a_visitor_is_unknown_again_the_next_day_and_at_the_next_brand() {
        let keys = KeyRing::parse(&format!("1:{}", "1".repeat(64)), Purpose::Visitor).unwrap();
        let (one, two) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let today = hash(&keys, one, at(86_400 * 20_000), "203.0.113.7", CHROME).unwrap();
        assert_eq!(today.len(), 32);
        assert_eq!(hash(&keys, one, at(86_400 * 20_000 + 86_399), "203.0.113.7", CHROME).as_ref(), Some(&today));
        assert_ne!(hash(&keys, one, at(86_400 * 20_001), "203.0.113.7", CHROME).as_ref(), Some(&today));
        assert_ne!(hash(&keys, two, at(86_400 * 20_000), "203.0.113.7", CHROME).as_ref(), Some(&today));
        assert_ne!(hash(&keys, one, at(86_400 * 20_000), "203.0.113.8", CHROME).as_ref(), Some(&today));
        assert_eq!(hash(&keys, one, at(0), "", CHROME), None);
    }

    #[test]
    fn only_hosts_of_referrers_and_known_countries() {
        assert_eq!(referrer_host("https://www.YouTube.com/watch?v=1&email=a@b.c").as_deref(), Some("www.youtube.com"));
        assert_eq!(referrer_host("android-app://com.google.android.gm/"), None);
        assert_eq!(referrer_host("https://user:pw@host/"), None);
        assert_eq!((country("de"), country("XX"), country(""), country("DEU")), (Some("DE".into()), None, None, None));
    }
}
