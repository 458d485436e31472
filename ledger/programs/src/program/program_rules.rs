//! Validates a program's attribution and review rules from a request; each error names its field.

use shared::fields::CLAIMED_AMOUNT_MAX;
use url::Url;

use super::store::Policy;
use kit::{
    api::{
        text::within,
        view::{Checks, ClaimedSales, Program},
    },
    error::{Error, Result},
};
use outbox::edge_config;
use rules::attribution::policy::{self, CustomerBinding};

pub(super) const HOLD_DAYS_DEFAULT: i32 = 30;
pub(super) const HOLD_DAYS_MAX: i64 = 365;
const ORIGINS_MAX: usize = 50;

/// The rules in a request; omitted ones stay as they are.
#[derive(Debug, Default)]
pub struct Rules {
    pub attribution_model: Option<String>,
    pub cookie_window_days: Option<i64>,
    pub customer_binding: Option<String>,
    pub review: Option<Checks>,
    pub claimed_sales: Option<ClaimedSales>,
}

impl Rules {
    pub const fn is_empty(&self) -> bool {
        self.attribution_model.is_none()
            && self.cookie_window_days.is_none()
            && self.customer_binding.is_none()
            && self.review.is_none()
            && self.claimed_sales.is_none()
    }

    /// The policy with the requested changes applied.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn over(self, mut policy: Policy) -> Result<Policy> {
        if let Some(model) = self.attribution_model {
            if policy::model(&model).is_none() {
                return Err(Error::field("attributionModel", "attributionModel must be LastTouch or FirstTouch"));
            }
            policy.attribution_model = model;
        }
        if let Some(days) = self.cookie_window_days {
            policy.window_days = within("cookieWindowDays", days, 1, 365)?;
        }
        if let Some(binding) = self.customer_binding {
            let known = CustomerBinding::parse(&binding).ok_or_else(|| {
                let message = "customerBinding must be AffiliateAndPlan, Affiliate or None";
                Error::field("customerBinding", message)
            })?;
            known.as_str().clone_into(&mut policy.customer_binding);
        }
        if let Some(review) = self.review {
            let limit = |field: &str, number: Option<i32>, most: i64| {
                number.map_or(Ok(()), |number| within(field, i64::from(number), 1, most).map(drop))
            };
            limit("review.velocityPerHour", review.velocity_per_hour, 1_000_000)?;
            limit("review.minClickToSaleSeconds", review.min_click_to_sale_seconds, 86_400)?;
            policy.checks = review;
        }
        if let Some(claimed) = self.claimed_sales {
            if claimed.worth().is_none() {
                return Err(Error::field("claimedSales.mode", "claimedSales.mode must be off, review or trusted"));
            }
            if !(0..=CLAIMED_AMOUNT_MAX).contains(&claimed.max_amount_cents) {
                let message = format!("claimedSales.maxAmountCents must be 0 to {CLAIMED_AMOUNT_MAX}");
                return Err(Error::field("claimedSales.maxAmountCents", message));
            }
            within("claimedSales.perDay", i64::from(claimed.per_day), 0, 100_000)?;
            within("claimedSales.perAffiliatePerDay", i64::from(claimed.per_affiliate_per_day), 0, 100_000)?;
            policy.claimed_sales = claimed;
        }
        Ok(policy)
    }
}

/// # Errors
/// 400 naming the field.
pub fn checked_gpc_mode(text: Option<String>) -> Result<Option<String>> {
    match text {
        Some(text) if edge_config::gpc_mode(&text).is_none() => {
            Err(Error::field("gpcMode", "gpcMode must be ignore, no_cookie or no_tracking"))
        }
        text => Ok(text),
    }
}

/// The default policy of a program.
pub fn usual() -> Policy {
    Policy {
        attribution_model: "LastTouch".to_owned(),
        window_days: 60,
        customer_binding: CustomerBinding::AffiliateAndPlan.as_str().to_owned(),
        checks: Checks::default(),
        claimed_sales: ClaimedSales::default(),
    }
}

/// Validates exact origins, as browsers send them: `https://acme.com`; in development also http to a loopback address.
///
/// # Errors
/// 400 naming the entry.
pub fn origins(given: &[String], development: bool) -> Result<Vec<String>> {
    if given.len() > ORIGINS_MAX {
        return Err(Error::field("allowedOrigins", format!("allowedOrigins must have at most {ORIGINS_MAX} entries")));
    }
    let mut origins = Vec::with_capacity(given.len());
    for (index, text) in given.iter().enumerate() {
        let origin = origin(text, development).ok_or_else(|| {
            let message = "must be an origin with only a scheme and a host, such as https://acme.com";
            Error::field(&format!("allowedOrigins[{index}]"), message)
        })?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

/// The origin of a page, and the same with or without `www.`, because visitors use both. Empty if its scripts couldn't send
/// anything.
pub fn origins_of(page: &str, development: bool) -> Vec<String> {
    let own = Url::parse(page).ok().and_then(|url| origin(&url.origin().ascii_serialization(), development));
    let twin = own.as_deref().and_then(|own| {
        let mut url = Url::parse(own).ok()?;
        let name = url.domain().filter(|name| name.contains('.') && !name.ends_with(".localhost"))?;
        let twin = name.strip_prefix("www.").map_or_else(|| format!("www.{name}"), str::to_owned);
        url.set_host(Some(&twin)).ok()?;
        Some(url.origin().ascii_serialization())
    });
    own.iter().cloned().chain(twin).collect()
}

/// The origin of the program's landing page, unless it is allowed already.
pub fn missing_origin(program: &Program, development: bool) -> Option<String> {
    let own = origins_of(program.destination.as_deref()?, development).into_iter().next()?;
    (!program.allowed_origins.contains(&own)).then_some(own)
}

fn origin(text: &str, development: bool) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && loopback && development);
    let origin = url.origin().ascii_serialization();
    let written = text.trim_end_matches('/').to_ascii_lowercase();
    let default_port = format!("{origin}:443");
    (scheme_fits && (written == origin || written == default_port)).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_and_host_only() {
        for (text, kept) in [
            ("https://acme.com", "https://acme.com"),
            ("https://Acme.com/", "https://acme.com"),
            ("https://acme.com:443", "https://acme.com"),
            ("https://acme.com:8443", "https://acme.com:8443"),
        ] {
            assert_eq!(origin(text, false).as_deref(), Some(kept), "{text}");
        }
        for bad in ["", "acme.com", "*", "https://*", "http://acme.com", "https://acme.com/shop", "https://a@acme.com"]
        {
            assert_eq!(origin(bad, true).filter(|_| bad != "https://*"), None, "{bad}");
        }
        assert_eq!(origins_of("https://acme.com/pricing?a=b", false), ["https://acme.com", "https://www.acme.com"]);
        assert_eq!(
            origins_of("https://www.acme.com:8443/", false),
            ["https://www.acme.com:8443", "https://acme.com:8443"]
        );
        assert_eq!(origins_of("http://localhost:3000/", true), ["http://localhost:3000"]);
        for other in ["", "acme.com", "http://acme.com/"] {
            assert!(origins_of(other, true).is_empty(), "{other}");
        }
        assert!(origin("http://localhost:3000", true).is_some() && origin("http://localhost:3000", false).is_none());
    }

    #[test]
    fn what_a_body_leaves_out_stays() {
        let rules = Rules { cookie_window_days: Some(30), ..Rules::default() };
        let policy = rules.over(usual()).unwrap();
        assert_eq!((policy.window_days, policy.attribution_model.as_str()), (30, "LastTouch"));
        let field = |rules: Rules| rules.over(usual()).unwrap_err().body().field.clone().unwrap_or_default();
        assert_eq!(field(Rules { cookie_window_days: Some(0), ..Rules::default() }), "cookieWindowDays");
        let slow = Checks { velocity_per_hour: Some(0), ..Checks::default() };
        assert_eq!(field(Rules { review: Some(slow), ..Rules::default() }), "review.velocityPerHour");
        for (claimed, name) in [
            (ClaimedSales { mode: "Review".to_owned(), ..ClaimedSales::default() }, "claimedSales.mode"),
            (ClaimedSales { max_amount_cents: -1, ..ClaimedSales::default() }, "claimedSales.maxAmountCents"),
            (ClaimedSales { per_day: -1, ..ClaimedSales::default() }, "claimedSales.perDay"),
        ] {
            assert_eq!(field(Rules { claimed_sales: Some(claimed), ..Rules::default() }), name);
        }
    }
}
