//! Reads a CRM's request: JSON or a form, with settings in the query string because some CRMs don't let users choose
//! the body, and with merge fields that may be empty.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use shared::{id::ProgramId, timestamp::Timestamp};
use url::form_urlencoded;

use super::response::Why;
use identity::access::api_key::KEY_PARAMETER;
use kit::{
    api::{body::BODY_MAX, text},
    error::{Code, Error, Result},
};
use rules::commission::plan::{RATE_PPM_MAX, read_percent};

/// The deepest nesting that any CRM sends is `a[b][c]`.
const DEPTH_MAX: usize = 4;

/// The fields of a request. Query parameters are what the brand set, and override the body.
#[derive(Debug)]
pub struct Call {
    fields: Map<String, Value>,
    /// SHA-256 of path, query string and raw body.
    pub digest: [u8; 32],
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, BODY_MAX).await.map_err(|_| {
            let message = format!("The body can be at most {} KB.", BODY_MAX / 1024);
            Error::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, message)
        })?;
        let mut digest = Sha256::new();
        digest.update(parts.uri.path_and_query().map_or("", |place| place.as_str()));
        digest.update([0]);
        digest.update(&bytes);
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let fields = read(kind, &bytes, parts.uri.query().unwrap_or_default())?;
        Ok(Self { fields, digest: digest.finalize().into() })
    }
}

fn read(content_type: &str, body: &[u8], query: &str) -> Result<Map<String, Value>> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let looks_like_json = body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{');
    let mut fields = match essence.as_str() {
        _ if body.is_empty() => Map::new(),
        "application/json" => object(body)?,
        "application/x-www-form-urlencoded" => form(body),
        "" if looks_like_json => object(body)?,
        "" => form(body),
        _ => {
            let message = "Send JSON, or a form as application/x-www-form-urlencoded.";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::UnsupportedMediaType, message));
        }
    };
    fields.extend(form(query.as_bytes()));
    fields.remove(KEY_PARAMETER);
    Ok(fields)
}

fn object(body: &[u8]) -> Result<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::new(StatusCode::BAD_REQUEST, Code::ValidationFailed, "The body must be a JSON object.")),
        Err(error) => {
            let message = format!("The body isn't valid JSON: {error}. Is a merge field missing its quotes?");
            Err(Error::new(StatusCode::BAD_REQUEST, Code::MalformedJson, message))
        }
    }
}

/// Parses a form: `contact[email]=a` becomes `{"contact": {"email": "a"}}`.
fn form(text: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in form_urlencoded::parse(text) {
        let path: Vec<&str> = name.split('[').map(|part| part.trim_end_matches(']')).collect();
        if path.len() <= DEPTH_MAX {
            put(&mut fields, &path, value.into_owned());
        }
    }
    fields
}

fn put(fields: &mut Map<String, Value>, path: &[&str], value: String) {
    match path {
        [] => {}
        [name] => drop(fields.insert((*name).to_owned(), Value::String(value))),
        [name, rest @ ..] => {
            let inner = fields.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

impl Call {
    /// Finds a field by its path, such as `contact.email`.
    fn find(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.fields.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// Returns whether the field was sent at all, even if empty.
    pub fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Returns the trimmed text; an empty merge field counts as missing.
    ///
    /// # Errors
    /// 400 naming the field, where it isn't text.
    pub fn text(&self, path: &str) -> Result<Option<String>> {
        let text = match self.find(path) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(_) => return Err(Error::field(path, format!("{path} must be a string"))),
        };
        if text.contains('\0') {
            return Err(Error::field(path, "must not contain the character U+0000"));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// # Errors
    /// 400 naming the field, where it is missing or empty.
    pub fn needed(&self, path: &str) -> Result<String> {
        self.text(path)?.ok_or_else(|| Error::field(path, format!("{path} is required")))
    }

    /// # Errors
    /// 400 where it is missing; 404 where it can't be one of the brand's programs.
    pub fn program(&self) -> Result<ProgramId> {
        let message = "programId doesn't match any of your programs.";
        let unknown = || Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field("programId");
        self.needed("programId")?.parse().map_err(|_| unknown())
    }

    /// Returns a number's digits as sent; quotes are allowed, because most merge fields are quoted.
    ///
    /// # Errors
    /// 400 naming the field, where it is neither.
    pub fn digits(&self, path: &str) -> Result<Option<String>> {
        match self.find(path) {
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            _ => self.text(path),
        }
    }

    /// # Errors
    /// 400 naming the field.
    pub fn whole(&self, path: &str) -> Result<Option<i64>> {
        let Some(digits) = self.digits(path)? else { return Ok(None) };
        let number = digits.parse().map_err(|_| Error::field(path, format!("{path} must be a whole number")))?;
        Ok(Some(number))
    }

    /// Returns a percentage in parts per million; the percent sign is optional.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn percent(&self, path: &str) -> Result<Option<u32>> {
        let Some(digits) = self.digits(path)? else { return Ok(None) };
        let rate =
            read_percent(digits.trim_end_matches('%').trim_end()).filter(|rate| (1..=RATE_PPM_MAX).contains(rate));
        let message = format!("{path} must be more than 0 and at most 100, with up to 4 decimal places, such as 12.5");
        rate.map(Some).ok_or_else(|| Error::field(path, message))
    }

    /// Returns a text parsed by `read`.
    ///
    /// # Errors
    /// 400 naming the field and what it must be.
    pub fn read<T>(&self, path: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.text(path)? else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| Error::field(path, format!("{path} must be {what}")))
    }

    /// # Errors
    /// 400 naming the field.
    pub fn truth(&self, path: &str) -> Result<Option<bool>> {
        if let Some(Value::Bool(truth)) = self.find(path) {
            return Ok(Some(*truth));
        }
        self.read(path, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        })
    }

    /// # Errors
    /// 400 naming the field.
    pub fn moment(&self, path: &str) -> Result<Option<Timestamp>> {
        self.read(path, "a time such as 2026-12-01T00:00:00Z", |text| Timestamp::parse_rfc3339(text).ok())
    }

    /// Returns the person's email in lower case; the inner error says why the request has none. ActiveCampaign calls
    /// the field `contact[email]`.
    ///
    /// # Errors
    /// 400 where the request has no such field at all.
    pub fn email(&self) -> Result<std::result::Result<String, Why>> {
        let path = if self.has("email") { "email" } else { "contact.email" };
        if !self.has(path) {
            return Err(Error::field("email", "email is required: it identifies the person"));
        }
        Ok(match self.text(path)? {
            None => Err(Why::EmailMissing),
            Some(text) => text::email(path, &text).map_err(|_| Why::EmailInvalid),
        })
    }

    /// Returns the person's name, if the request has one: at most `most` characters on one line, without the marks of
    /// direction that names pasted from Arabic or Hebrew sheets have.
    ///
    /// # Errors
    /// 400 naming a field that isn't text.
    pub fn name(&self, most: usize) -> Result<Option<String>> {
        let mut words = Vec::new();
        let whole = self.text("name")?;
        let parts = [["firstName", "first_name", "contact.first_name"], ["lastName", "last_name", "contact.last_name"]];
        for spellings in parts.iter().filter(|_| whole.is_none()) {
            for path in spellings {
                if let Some(word) = self.text(path)? {
                    words.push(word);
                    break;
                }
            }
        }
        let name = whole.unwrap_or_else(|| words.join(" "));
        let unmarked = name.chars().filter(|character| !text::turns(*character));
        let plain: String = unmarked.map(|character| if character.is_control() { ' ' } else { character }).collect();
        let plain: String = plain.trim().chars().take(most).collect();
        Ok(Some(plain.trim().to_owned()).filter(|name| !name.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    fn call(kind: &str, body: &str, query: &str) -> Call {
        Call { fields: read(kind, body.as_bytes(), query).unwrap(), digest: [0; 32] }
    }

    #[test]
    fn a_person_is_found_however_the_crm_writes_them() {
        for (kind, body) in [
            (JSON, r#"{"email":" Ada@Brand.test ","firstName":"Ada","lastName":"Moss","extra":[1,{}]}"#),
            (FORM, "email=+Ada%40Brand.test&firstName=Ada&lastName=Moss"),
            (
                FORM,
                "type=subscribe&contact%5Bemail%5D=ada%40brand.test&contact[first_name]=Ada&contact[last_name]=Moss",
            ),
            ("", r#" {"email":"ADA@BRAND.TEST","name":"Ada Moss"}"#),
            ("", "email=ada@brand.test&name=Ada Moss"),
        ] {
            let call = call(kind, body, "");
            assert_eq!(call.email().unwrap(), Ok("ada@brand.test".to_owned()), "{body}");
            assert_eq!(call.name(200).unwrap().as_deref(), Some("Ada Moss"), "{body}");
        }
    }

    #[test]
    fn a_name_is_one_plain_line() {
        for (name, plain) in [
            ("\u{202b}نورا\u{202c}", Some("نورا")),
            ("\u{2068}Ada\u{2069} Moss", Some("Ada Moss")),
            ("Ada\tMoss\n", Some("Ada Moss")),
            ("\u{202e}", None),
        ] {
            let call = call(JSON, &serde_json::json!({ "name": name }).to_string(), "");
            assert_eq!(call.name(200).unwrap().as_deref(), plain, "{name:?}");
        }
    }

    #[test]
    fn the_address_wins_and_its_key_is_no_field() {
        let call = call(FORM, "segment=theirs&email=a@b.test", "segment=gold&apiKey=rk_live_x&notify=false");
        assert_eq!(call.text("segment").unwrap().as_deref(), Some("gold"));
        assert_eq!((call.has("apiKey"), call.truth("notify").unwrap()), (false, Some(false)));
    }

    #[test]
    fn empty_merge_fields_are_told_from_missing_ones() {
        for body in [r#"{"email":""}"#, r#"{"email":"  "}"#, r#"{"email":null}"#] {
            assert_eq!(call(JSON, body, "").email().unwrap(), Err(Why::EmailMissing), "{body}");
        }
        for body in [r#"{"email":"%EMAIL%"}"#, r#"{"email":"{{ person.email }}"}"#] {
            assert_eq!(call(JSON, body, "").email().unwrap(), Err(Why::EmailInvalid), "{body}");
        }
        assert!(call(JSON, r#"{"mail":"a@b.test"}"#, "").email().is_err());
        assert!(call(JSON, r#"{"email":["a@b.test"]}"#, "").email().is_err());
    }

    #[test]
    fn numbers_may_stand_in_quotes() {
        for body in [
            r#"{"rate":12.5,"cents":5000}"#,
            r#"{"rate":"12.5","cents":"5000"}"#,
            r#"{"rate":"12.50%","cents":" 5000 "}"#,
        ] {
            let call = call(JSON, body, "");
            assert_eq!(
                (call.percent("rate").unwrap(), call.whole("cents").unwrap()),
                (Some(125_000), Some(5_000)),
                "{body}"
            );
        }
        for bad in ["0", "-1", "100.0001", "1e1", "ten", "1.23456"] {
            let call = call(JSON, &format!(r#"{{"rate":"{bad}"}}"#), "");
            assert_eq!(call.percent("rate").unwrap_err().body().field.as_deref(), Some("rate"), "{bad}");
        }
    }

    #[test]
    fn what_is_neither_json_nor_a_form_is_called_so() {
        for (kind, body, code) in [
            ("text/xml", "<a/>", "unsupported_media_type"),
            (JSON, "{\"email\":}", "malformed_json"),
            (JSON, "[]", "validation_failed"),
        ] {
            assert_eq!(read(kind, body.as_bytes(), "").unwrap_err().body().code.as_str(), code, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_request_panics(kind in prop::sample::select(vec![JSON, FORM, "", "x"]), body: Vec<u8>, query: String) {
            if let Ok(fields) = read(kind, &body, &query) {
                let call = Call { fields, digest: [0; 32] };
                let _ = (call.email(), call.name(10), call.truth("a"), call.moment("b"));
            }
        }
    }
}
