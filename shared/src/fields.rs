//! Parses a conversion's fields from untrusted JSON, one by one, so that every error names its field. The edge uses it
//! for what backends and pages send, the ledger for its API: both accept the same.
//!
//! The same rules serve three spellings: camelCase (S2S), snake_case (pixel), and a query string, where every value is
//! text. Unknown fields are ignored. No text may contain control characters; U+0000 could not even be stored.

use std::{collections::BTreeMap, str::FromStr};

use serde_json::{Map, Value};

use crate::{
    config::is_slug,
    error::ErrorBody,
    event::{Conversion, ConversionSource, ConversionType},
    id::ProgramId,
    money::{Currency, CurrencyError},
    timestamp::Timestamp,
};

const TEXT_MAX: usize = 255;
const EMAIL_MAX: usize = 254;
/// Ten trillion of a two-decimal currency: beyond any sale, and far from overflow when multiplied by a rate.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;
/// The largest amount that a page may claim, in minor units: so small that no number of claims brings a sum near 64
/// bits.
pub const CLAIMED_AMOUNT_MAX: i64 = 10_000_000_000;
const METADATA_KEYS_MAX: usize = 50;
const METADATA_KEY_MAX: usize = 64;
const METADATA_VALUE_MAX: usize = 1_000;
/// How far ahead a brand's clock may be.
const FUTURE_MILLIS: i64 = 86_400_000;

/// How a caller spells the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelling {
    pub external_event_id: &'static str,
    pub kind: &'static str,
    pub amount: &'static str,
    pub paid: &'static str,
    pub currency: &'static str,
    pub affiliate_slug: &'static str,
    pub click_token: &'static str,
    pub coupon_code: &'static str,
    pub customer_id: &'static str,
    pub customer_email: &'static str,
    pub customer_name: &'static str,
    pub subscription_id: &'static str,
    pub product_id: &'static str,
    pub country: &'static str,
    pub program_id: &'static str,
    pub occurred_at: &'static str,
    pub refund_of: &'static str,
    pub metadata: &'static str,
    /// Every value is text, as in a query string.
    pub all_text: bool,
}

pub const CAMEL: Spelling = Spelling {
    external_event_id: "externalEventId",
    kind: "type",
    amount: "amountCents",
    paid: "paidCents",
    currency: "currency",
    affiliate_slug: "affiliateSlug",
    click_token: "clickToken",
    coupon_code: "couponCode",
    customer_id: "customerId",
    customer_email: "customerEmail",
    customer_name: "customerName",
    subscription_id: "subscriptionId",
    product_id: "productId",
    country: "country",
    program_id: "programId",
    occurred_at: "occurredAt",
    refund_of: "refundOf",
    metadata: "metadata",
    all_text: false,
};

pub const SNAKE: Spelling = Spelling {
    external_event_id: "external_event_id",
    amount: "amount_cents",
    paid: "paid_cents",
    affiliate_slug: "affiliate_slug",
    click_token: "click_token",
    coupon_code: "coupon_code",
    customer_id: "customer_id",
    customer_email: "email",
    customer_name: "customer_name",
    subscription_id: "subscription_id",
    product_id: "product_id",
    program_id: "program_id",
    occurred_at: "occurred_at",
    refund_of: "refund_of",
    ..CAMEL
};

pub const QUERY: Spelling = Spelling { all_text: true, ..SNAKE };

/// Parses the object in a body.
///
/// # Errors
/// `malformed_json` if it isn't JSON, `validation_failed` if it isn't an object.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, ErrorBody> {
    match std::str::from_utf8(body).ok().and_then(|text| serde_json::from_str(text).ok()) {
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(ErrorBody::new("validation_failed", "The body must be a JSON object.").with_field("body")),
        None => Err(ErrorBody::new("malformed_json", "The body isn't valid JSON.")),
    }
}

/// Parses a conversion.
///
/// # Errors
/// The first invalid field, by the name its caller uses.
pub fn conversion(
    map: &Map<String, Value>,
    names: &Spelling,
    source: ConversionSource,
    now: Timestamp,
) -> Result<Conversion, ErrorBody> {
    let fields = Fields { map, names };
    let external_event_id = fields.text(names.external_event_id)?.ok_or_else(|| required(names.external_event_id))?;
    let kind = fields.kind(source)?;
    let claimed = source == ConversionSource::Pixel;
    let most = if claimed { CLAIMED_AMOUNT_MAX } else { AMOUNT_MAX };
    let amount_cents = match fields.amount(names.amount, most)? {
        Some(amount) if kind == ConversionType::Lead && amount != 0 => {
            return Err(ErrorBody::field(names.amount, "must be 0 or omitted for a lead"));
        }
        Some(amount) => amount,
        None if kind == ConversionType::Lead => 0,
        None => return Err(required(names.amount)),
    };
    // Only a sale is paid, and a page can't reliably say how much.
    let has_paid = kind == ConversionType::Sale && !claimed;
    let paid_cents = if has_paid { fields.amount(names.paid, most)? } else { None };
    if paid_cents.is_some_and(|paid| paid < amount_cents) {
        return Err(ErrorBody::field(names.paid, "must be at least the commissionable amount"));
    }
    let refund_of = fields.text(names.refund_of)?;
    if kind == ConversionType::Refund && refund_of.is_none() {
        return Err(ErrorBody::field(names.refund_of, "is required for a refund. Send the sale's id"));
    }
    Ok(Conversion {
        source,
        kind,
        external_event_id,
        program_id: fields.parsed::<ProgramId>(names.program_id)?,
        affiliate_slug: fields.slug()?,
        click_token: fields.text(names.click_token)?,
        coupon_code: fields.text(names.coupon_code)?,
        amount_cents,
        paid_cents,
        currency: fields.currency()?,
        customer_id: fields.text(names.customer_id)?,
        customer_email: fields.email()?,
        customer_name: if kind == ConversionType::Lead { fields.name(claimed)? } else { None },
        subscription_id: fields.text(names.subscription_id)?,
        product_id: fields.text(names.product_id)?,
        country: fields.country()?,
        // A page can't date a purchase: what it claims counts from when it was received.
        occurred_at: if claimed { None } else { fields.occurred_at(now)? },
        refund_of: refund_of.filter(|_| kind == ConversionType::Refund),
        past: None,
        metadata: fields.metadata()?,
    })
}

/// Reads a text of a body: not blank if present, at most 255 characters, no control characters.
///
/// # Errors
/// The field, if its value is no such text.
pub fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>, ErrorBody> {
    let text = match map.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(ErrorBody::field(name, "must be a string")),
    };
    if text.is_empty() {
        Err(ErrorBody::field(name, "must not be empty"))
    } else if text.chars().count() > TEXT_MAX {
        Err(ErrorBody::field(name, format!("must be at most {TEXT_MAX} characters")))
    } else if text.chars().any(char::is_control) {
        Err(ErrorBody::field(name, "must not contain control characters"))
    } else {
        Ok(Some(text.to_owned()))
    }
}

fn required(name: &str) -> ErrorBody {
    ErrorBody::field(name, "is required")
}

struct Fields<'a> {
    map: &'a Map<String, Value>,
    names: &'a Spelling,
}

impl Fields<'_> {
    /// In a query, an empty value counts as absent: forms send every field. Never inlined: ten copies would cost the
    /// edge kilobytes.
    #[inline(never)]
    fn text(&self, name: &str) -> Result<Option<String>, ErrorBody> {
        match self.map.get(name) {
            Some(Value::String(text)) if self.names.all_text && text.is_empty() => Ok(None),
            _ => text(self.map, name),
        }
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> Result<Option<T>, ErrorBody> {
        self.text(name)?
            .map(|text| text.parse().map_err(|error: T::Err| ErrorBody::field(name, error.to_string())))
            .transpose()
    }

    /// A page may not report refunds: its reports are unverified, and a refund takes money away from an affiliate.
    fn kind(&self, source: ConversionSource) -> Result<ConversionType, ErrorBody> {
        let name = self.names.kind;
        match (self.text(name)?.as_deref(), source) {
            (None | Some("sale"), _) => Ok(ConversionType::Sale),
            (Some("lead"), _) => Ok(ConversionType::Lead),
            (Some("refund"), ConversionSource::S2s) => Ok(ConversionType::Refund),
            (_, ConversionSource::S2s) => Err(ErrorBody::field(name, "must be sale, lead or refund")),
            (_, ConversionSource::Pixel | ConversionSource::Import) => {
                Err(ErrorBody::field(name, "must be sale or lead"))
            }
        }
    }

    #[inline(never)]
    fn amount(&self, name: &str, most: i64) -> Result<Option<i64>, ErrorBody> {
        let whole =
            || ErrorBody::field(name, "must be a whole number of minor units, 0 or more, such as 4900 for $49.00");
        let amount = match self.map.get(name) {
            Some(Value::String(text)) if self.names.all_text && text.is_empty() => None,
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) if !self.names.all_text => {
                // The JSON parser refuses 1e400; 4900.0 and 4.9e3 count as fractions by their spelling.
                let too_large = number.is_u64() && number.as_i64().is_none();
                Some(number.as_i64().or(too_large.then_some(i64::MAX)).ok_or_else(whole)?)
            }
            Some(Value::String(text)) if self.names.all_text && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(text.parse().unwrap_or(i64::MAX))
            }
            Some(_) => return Err(whole()),
        };
        match amount {
            Some(amount) if amount < 0 => Err(whole()),
            Some(amount) if amount > most => Err(ErrorBody::field(name, format!("must be at most {most}"))),
            amount => Ok(amount),
        }
    }

    /// An empty currency is malformed, not absent: the public API documents this.
    fn currency(&self) -> Result<Currency, ErrorBody> {
        let name = self.names.currency;
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(Currency::USD),
            Some(Value::String(text)) => text.parse().map_err(|error: CurrencyError| {
                let body = ErrorBody::new(error.code(), error.to_string()).with_field(name);
                match error {
                    CurrencyError::Unsupported(code) => ErrorBody { currency: Some(code), ..body },
                    CurrencyError::Malformed => body,
                }
            }),
            Some(_) => Err(ErrorBody::field(name, "must be a string")),
        }
    }

    fn slug(&self) -> Result<Option<String>, ErrorBody> {
        let name = self.names.affiliate_slug;
        match self.text(name)? {
            Some(slug) if !is_slug(&slug) => {
                Err(ErrorBody::field(name, "must be 3 to 64 letters, digits, hyphens or underscores"))
            }
            slug => Ok(slug),
        }
    }

    fn email(&self) -> Result<Option<String>, ErrorBody> {
        let name = self.names.customer_email;
        match self.text(name)? {
            Some(email) if !is_plausible_email(&email) => Err(ErrorBody::field(name, "must be a valid email address")),
            email => Ok(email.map(|email| email.to_lowercase())),
        }
    }

    /// A lead's name. What a page sends is what its visitor typed: if it isn't a name, the lead comes without one.
    fn name(&self, claimed: bool) -> Result<Option<String>, ErrorBody> {
        let name = self.text(self.names.customer_name);
        if claimed { Ok(name.unwrap_or_default()) } else { name }
    }

    fn country(&self) -> Result<Option<String>, ErrorBody> {
        let name = self.names.country;
        match self.text(name)? {
            Some(country) if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Err(ErrorBody::field(name, "must be a two-letter country code, such as DE"))
            }
            country => Ok(country.map(|country| country.to_ascii_uppercase())),
        }
    }

    fn occurred_at(&self, now: Timestamp) -> Result<Option<Timestamp>, ErrorBody> {
        let name = self.names.occurred_at;
        let Some(text) = self.text(name)? else { return Ok(None) };
        let moment = Timestamp::parse_rfc3339(&text).map_err(|error| ErrorBody::field(name, error.to_string()))?;
        if moment > now.plus_millis(FUTURE_MILLIS) {
            return Err(ErrorBody::field(name, "must not be in the future"));
        }
        Ok(Some(moment))
    }

    fn metadata(&self) -> Result<BTreeMap<String, Value>, ErrorBody> {
        let name = self.names.metadata;
        let map = match self.map.get(name) {
            None | Some(Value::Null) => return Ok(BTreeMap::new()),
            Some(Value::Object(map)) => map,
            Some(_) => return Err(ErrorBody::field(name, "must be an object")),
        };
        if map.len() > METADATA_KEYS_MAX {
            return Err(ErrorBody::field(name, format!("must have at most {METADATA_KEYS_MAX} keys")));
        }
        for (key, value) in map {
            if key.is_empty() || key.chars().count() > METADATA_KEY_MAX || key.contains('\0') {
                return Err(ErrorBody::field(name, format!("must have keys of 1 to {METADATA_KEY_MAX} characters")));
            }
            let bytes = serde_json::to_string(value).map_or(usize::MAX, |text| text.len());
            if bytes > METADATA_VALUE_MAX {
                return Err(ErrorBody::field(name, format!("must have values of at most {METADATA_VALUE_MAX} bytes")));
            }
            if holds_nul(value) {
                return Err(ErrorBody::field(name, "must not contain control characters"));
            }
        }
        // A loop, since `collect` would sort what is already sorted, with another sort compiled for every kind of map.
        Ok(map.iter().fold(BTreeMap::new(), |mut metadata, (key, value)| {
            metadata.insert(key.clone(), value.clone());
            metadata
        }))
    }
}

/// Something, an @, a domain with a dot: enough to detect a name in the wrong field, and no more.
pub fn is_plausible_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    text.len() <= EMAIL_MAX
        && !text.contains(char::is_whitespace)
        && !local.is_empty()
        && !domain.contains('@')
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
#[path = "fields_test.rs"]
mod tests;
