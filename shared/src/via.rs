//! The parameters by which links name an affiliate: ours, and those of other platforms, whose links go on working.
//!
//! The script on a brand's pages reads them, the edge reads them on a link host's root, and an import reads them in the
//! links of its file. All three read the same ones.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::config::is_slug;

/// In the order in which they count when a URL has several.
///
/// `via`: ours, Rewardful, Dub and others. `ref`: Tapfiliate, `AffiliateWP` and others. `fpr` to `_go`: `FirstPromoter`
/// (<https://docs.firstpromoter.com/guides/tracking-without-fprjs> lists all but `fp_sid`). `rfsn`: Refersion. `aff`:
/// Tolt and others. `a_aid`: Post Affiliate Pro. `afmc`: `LeadDyno`
/// (<https://help.leaddyno.com/article/3606-affiliate-links>). `ps_partner_key`: `PartnerStack`
/// (<https://docs.partnerstack.com/docs/getting-integrated-with-s2s>), and `gspk`, its older name.
pub const PARAMETERS: [&str; 16] = [
    "via",
    "ref",
    "fpr",
    "rfsn",
    "aff",
    "a_aid",
    "fp_ref",
    "fp_sid",
    "afmc",
    "ps_partner_key",
    "gspk",
    "deal",
    "_from",
    "_by",
    "_go",
    "r",
];

/// Those whose value is the affiliate's token in base64, often without its padding.
const ENCODED: [&str; 2] = ["ps_partner_key", "gspk"];

/// The one whose tokens have a dot, such as `123456.abc123`
/// (<https://support.refersion.com/en/articles/1064016-how-to-create-and-use-referral-links>).
const DOTTED: &str = "rfsn";

/// Returns the affiliate's token in such a parameter. A value that should be base64 and isn't stays as it is.
pub fn token(name: &str, value: String) -> String {
    if !ENCODED.contains(&name) {
        return value;
    }
    // The two alphabets of base64 differ only in characters that don't occur when the text is a slug.
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(value.trim_end_matches('='));
    decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or(value)
}

/// Returns the slug that stands for one of Refersion's tokens, which has a hyphen in place of the dot; `None` for any other
/// token.
pub fn without_dot(token: &str) -> Option<String> {
    let (id, rest) = token.split_once('.')?;
    let is_refersion = !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_digit())
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_refersion.then(|| format!("{id}-{rest}"))
}

/// Returns the first slug that the decoded pairs of a query name.
pub fn slug(pairs: impl Iterator<Item = (String, String)>) -> Option<String> {
    let place = |name: &str| PARAMETERS.iter().position(|known| *known == name);
    let read = |name: &str, value: String| {
        let token = token(name, value);
        if name == DOTTED { token.replacen('.', "-", 1) } else { token }
    };
    let named = pairs.filter_map(|(name, value)| Some((place(&name)?, read(&name, value))));
    named.filter(|(_, token)| is_slug(token)).min_by_key(|(place, _)| *place).map(|(_, token)| token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug_of(pairs: &[(&str, &str)]) -> Option<String> {
        slug(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn each_parameter_names_an_affiliate() {
        for name in PARAMETERS {
            let value = if ENCODED.contains(&name) { "bGF1cmVu" } else { "lauren" };
            assert_eq!(slug_of(&[("utm_source", "mail"), (name, value)]).as_deref(), Some("lauren"), "{name}");
        }
        assert_eq!(slug_of(&[("gspk", "NDg2ODEzOQ==")]).as_deref(), Some("4868139"), "with its padding");
        assert_eq!(slug_of(&[("partner", "lauren")]), None);
    }

    #[test]
    fn a_dot_of_refersion_is_a_hyphen() {
        assert_eq!(slug_of(&[("rfsn", "4201.f3a2")]).as_deref(), Some("4201-f3a2"));
        assert_eq!(slug_of(&[("rfsn", "4201.f3.a2")]), None);
        assert_eq!(without_dot("4201.f3a2").as_deref(), Some("4201-f3a2"));
        for other in ["lauren", "lauren.vale", "4201.", ".f3a2", "4201.f3.a2", "4201.f/a"] {
            assert_eq!(without_dot(other), None, "{other}");
        }
    }

    #[test]
    fn the_order_decides_and_what_is_no_slug_is_passed_over() {
        assert_eq!(slug_of(&[("r", "mia"), ("ref", "lauren")]).as_deref(), Some("lauren"));
        assert_eq!(slug_of(&[("via", "a/b"), ("aff", "lauren")]).as_deref(), Some("lauren"));
        assert_eq!(slug_of(&[("ref", "first"), ("ref", "second")]).as_deref(), Some("first"));
        assert_eq!(slug_of(&[("ref", "4201.f3a2")]), None);
    }
}
