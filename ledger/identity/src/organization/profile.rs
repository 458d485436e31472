//! An organization's profile, validated in the same way for the API and the dashboard. Pure.

use std::net::IpAddr;

use shared::timestamp::Timestamp;
use url::{Host, Url};

use kit::{
    api::text::{self, checked, hyphenated},
    error::{Checks, Error, Result},
    page::color::Rgb,
};

pub const NAME_MAX: usize = 200;
const URL_MAX: usize = 500;

/// An organization's profile as stored.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: String,
    pub slug: String,
    pub billing_email: Option<String>,
    pub time_zone: String,
    pub brand_color: Option<String>,
    pub logo_url: Option<String>,
    pub is_test: bool,
    pub created_at: Timestamp,
}

/// Changes to a profile: `None` keeps a field, `Some(None)` clears it.
#[derive(Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub billing_email: Option<Option<String>>,
    pub time_zone: Option<String>,
    pub brand_color: Option<Option<String>>,
    pub logo_url: Option<Option<String>>,
}

impl Changes {
    pub const fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.slug.is_none()
            && self.billing_email.is_none()
            && self.time_zone.is_none()
            && self.brand_color.is_none()
            && self.logo_url.is_none()
    }

    /// Validates and normalizes the changes. [`super::time_zone::known`] checks the time zone.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn checked(self) -> Result<Self> {
        let mut checks = Checks::default();
        let billing_email = self.billing_email.map(|given| filled(given, |text| text::email("billingEmail", text)));
        let changes = Self {
            name: checks.value(self.name.map(|text| checked("name", &text, NAME_MAX)).transpose()),
            slug: checks.value(self.slug.map(|text| slug(&text)).transpose()),
            billing_email: checks.value(billing_email.transpose()),
            time_zone: checks.value(self.time_zone.map(|text| checked("timeZone", &text, 100)).transpose()),
            brand_color: checks.value(self.brand_color.map(|given| filled(given, color)).transpose()),
            logo_url: checks.value(self.logo_url.map(|given| filled(given, logo)).transpose()),
        };
        checks.end().map(|()| changes)
    }

    /// Returns the profile with these changes.
    pub fn applied_to(self, profile: Profile) -> Profile {
        Profile {
            name: self.name.unwrap_or(profile.name),
            slug: self.slug.unwrap_or(profile.slug),
            billing_email: self.billing_email.unwrap_or(profile.billing_email),
            time_zone: self.time_zone.unwrap_or(profile.time_zone),
            brand_color: self.brand_color.unwrap_or(profile.brand_color),
            logo_url: self.logo_url.unwrap_or(profile.logo_url),
            ..profile
        }
    }
}

fn filled(given: Option<String>, check: impl FnOnce(&str) -> Result<String>) -> Result<Option<String>> {
    given.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(check).transpose()
}

/// # Errors
/// 400 naming `slug`.
pub fn slug(text: &str) -> Result<String> {
    let text = text.trim();
    let mut bytes = text.bytes();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = bytes.next().is_some_and(plain)
        && bytes.all(|byte| plain(byte) || byte == b'-')
        && (2..=63).contains(&text.len());
    if fits {
        return Ok(text.to_owned());
    }
    Err(Error::field("slug", "slug must be 2 to 63 lowercase letters, digits or hyphens, not starting with a hyphen"))
}

/// Derives a slug from a name.
pub fn slug_of(name: &str) -> String {
    let mut slug = hyphenated(name);
    slug.truncate(60);
    let slug = slug.trim_end_matches('-');
    if slug.len() < 2 { "brand".to_owned() } else { slug.to_owned() }
}

fn color(text: &str) -> Result<String> {
    let text = text.to_lowercase();
    if Rgb::read(&text).is_none() {
        let message = "brandColor must be a hex color such as #0f6b5c";
        return Err(Error::field("brandColor", message));
    }
    Ok(text)
}

/// Emails load the logo wherever they are read, so its URL must be publicly reachable.
fn logo(text: &str) -> Result<String> {
    let refused = || Error::field("logoUrl", "logoUrl must be a public https:// URL of at most 500 characters");
    let url = Url::parse(text).map_err(|_| refused())?;
    let public = match url.host() {
        Some(Host::Domain(domain)) => domain.contains('.'),
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    };
    let plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    if plain && public && url.as_str().len() <= URL_MAX { Ok(url.into()) } else { Err(refused()) }
}

const fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_private() && !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field_of(changes: Changes) -> Option<String> {
        changes.checked().err().and_then(|error| error.body().field.clone())
    }

    #[test]
    fn each_field_is_checked_under_its_name() {
        let text = |text: &str| Some(text.to_owned());
        let bad = [
            (Changes { name: text(" "), ..Changes::default() }, "name"),
            (Changes { slug: text("-acme"), ..Changes::default() }, "slug"),
            (Changes { slug: text("Acme"), ..Changes::default() }, "slug"),
            (Changes { slug: text("a"), ..Changes::default() }, "slug"),
            (Changes { billing_email: Some(text("nobody")), ..Changes::default() }, "billingEmail"),
            (Changes { brand_color: Some(text("green")), ..Changes::default() }, "brandColor"),
            (Changes { brand_color: Some(text("#12345g")), ..Changes::default() }, "brandColor"),
            (Changes { logo_url: Some(text("http://acme.test/logo.svg")), ..Changes::default() }, "logoUrl"),
            (Changes { logo_url: Some(text("https://127.0.0.1/logo.svg")), ..Changes::default() }, "logoUrl"),
            (Changes { logo_url: Some(text("https://a:b@acme.test/")), ..Changes::default() }, "logoUrl"),
        ];
        for (changes, field) in bad {
            let shown = format!("{changes:?}");
            assert_eq!(field_of(changes).as_deref(), Some(field), "{shown}");
        }
    }

    #[test]
    fn what_passes_is_kept_in_one_spelling() {
        let changes = Changes {
            billing_email: Some(Some(" Money@Acme.Test ".to_owned())),
            brand_color: Some(Some("#0F6B5C".to_owned())),
            logo_url: Some(Some(String::new())),
            ..Changes::default()
        };
        let kept = changes.checked().unwrap();
        assert_eq!(kept.billing_email, Some(Some("money@acme.test".to_owned())));
        assert_eq!(kept.brand_color, Some(Some("#0f6b5c".to_owned())));
        assert_eq!(kept.logo_url, Some(None), "an empty text empties");
        assert!(!kept.is_empty() && Changes::default().is_empty());
    }

    proptest! {
        #[test]
        fn every_name_has_a_slug(name in "\\PC*") {
            prop_assert!(slug(&slug_of(&name)).is_ok());
        }

        #[test]
        fn no_address_panics(text in "\\PC*") {
            let _ = text::email("email", &text);
            let _ = logo(&text);
            let _ = color(&text);
        }
    }
}
