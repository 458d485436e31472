//! Checks which pages may call us: exact origins, and the headers that let a browser pass our response to the page.

use crate::{
    address::{Parts, is_plain_authority},
    answer::Answer,
};

const PREFLIGHT_SECONDS: &str = "86400";

/// Returns the origin of the page that sent a request: its `Origin`, else that of its `Referer`. `null` counts as none.
pub fn of(origin: &str, referrer: &str) -> Option<String> {
    let text = if origin.is_empty() { referrer } else { origin };
    let parts = Parts::of(text).filter(|parts| is_plain_authority(parts.authority))?;
    Some(parts.origin())
}

/// Compares origins exactly, as browsers write them. An allowed origin that a person typed with capitals or a trailing
/// slash means the same.
pub fn is_allowed(origin: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|entry| {
        Parts::of(entry.trim()).is_some_and(|parts| is_plain_authority(parts.authority) && parts.origin() == origin)
    })
}

/// Lets the page at `origin` read the response, with its cookies. Call it only for an origin that was checked.
pub fn readable(answer: Answer, origin: &str) -> Answer {
    answer
        .with("Access-Control-Allow-Origin", origin)
        .with("Access-Control-Allow-Credentials", "true")
        .with("Vary", "Origin")
}

/// Answers a preflight. It names no program or key, so nothing can be checked yet; it only lets the browser send the
/// request, whose origin is then checked.
pub fn preflight(origin: Option<&str>) -> Answer {
    let answer = Answer::empty(204).with("Cache-Control", "no-store");
    let Some(origin) = origin else { return answer };
    readable(answer, origin)
        .with("Access-Control-Allow-Methods", "POST")
        .with("Access-Control-Allow-Headers", "Content-Type, X-Rekomi-Key")
        .with("Access-Control-Max-Age", PREFLIGHT_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_before_referrer() {
        assert_eq!(of("https://Brand.com", "https://other.com/x").as_deref(), Some("https://brand.com"));
        assert_eq!(of("", "https://brand.com:8443/cart?x").as_deref(), Some("https://brand.com:8443"));
        for (origin, referrer) in
            [("null", "https://brand.com/"), ("", ""), ("https://u@brand.com", ""), ("file://", "")]
        {
            assert_eq!(of(origin, referrer), None, "{origin}");
        }
    }

    #[test]
    fn only_exact_origins() {
        let allowed = ["https://brand.com".to_owned(), "https://Shop.Brand.com:443/".to_owned()];
        assert!(is_allowed("https://brand.com", &allowed) && is_allowed("https://shop.brand.com", &allowed));
        for origin in [
            "http://brand.com",
            "https://brand.com.evil.com",
            "https://evilbrand.com",
            "https://brand.com:8443",
            "https://a.brand.com",
            "",
        ] {
            assert!(!is_allowed(origin, &allowed), "{origin}");
        }
        assert!(!is_allowed("https://x", &["*".to_owned(), String::new()]));
    }
}
