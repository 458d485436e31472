//! What an app says about itself, in its document or when it registers: its name and where people are sent back to.

use serde::Deserialize;
use serde_json::Value;

use super::redirect;

const NAME_MAX: usize = 100;
const URIS_MAX: usize = 10;

/// An app as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub name: String,
    pub redirect_uris: Vec<String>,
}

/// Why a description isn't accepted, in words for those who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    RedirectUris(&'static str),
    Metadata(&'static str),
}

impl Mistake {
    /// As RFC 7591 §3.2.2 calls it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RedirectUris(_) => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::RedirectUris(text) | Self::Metadata(text) => text,
        }
    }
}

/// The fields that we know; others mean nothing to us.
#[derive(Debug, Deserialize)]
struct Sent {
    client_id: Option<String>,
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    client_secret: Option<Value>,
}

impl Sent {
    fn read(body: &[u8]) -> Result<Self, Mistake> {
        serde_json::from_slice(body)
            .map_err(|_| Mistake::Metadata("Send a JSON object with client_name and redirect_uris."))
    }

    fn described(self) -> Result<Description, Mistake> {
        if !(1..=URIS_MAX).contains(&self.redirect_uris.len()) {
            return Err(Mistake::RedirectUris("redirect_uris must have 1 to 10 addresses."));
        }
        if !self.redirect_uris.iter().all(|uri| redirect::is_allowed(uri)) {
            return Err(Mistake::RedirectUris(
                "Each of redirect_uris must begin with https://, or with http:// on 127.0.0.1, [::1] or localhost, \
                 and have no fragment.",
            ));
        }
        let name = self.client_name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let name = name.or_else(|| self.redirect_uris.first().map(|uri| redirect::host(uri))).unwrap_or_default();
        if !(1..=NAME_MAX).contains(&name.chars().count()) || name.chars().any(misleads) {
            return Err(Mistake::Metadata("client_name must be 1 to 100 characters, without control characters."));
        }
        Ok(Description { name, redirect_uris: self.redirect_uris })
    }
}

/// Whether a character hides or reorders others.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Reads a registration. Whatever way to authenticate it asks for, it gets none: apps are public clients.
pub fn of_registration(body: &[u8]) -> Result<Description, Mistake> {
    Sent::read(body)?.described()
}

/// Reads the document at an app's client id.
pub fn of_document(body: &[u8], client_id: &str) -> Result<Description, Mistake> {
    let sent = Sent::read(body)?;
    if sent.client_id.as_deref() != Some(client_id) {
        return Err(Mistake::Metadata("client_id in the document must be the document\u{2019}s own address."));
    }
    // A document is public, so it has no secret; and we don't check signatures of apps.
    if sent.client_secret.is_some() || sent.token_endpoint_auth_method.as_deref().is_some_and(|method| method != "none")
    {
        return Err(Mistake::Metadata("token_endpoint_auth_method must be none."));
    }
    sent.described()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "https://app.test/client.json";

    fn registered(body: &Value) -> Result<Description, &'static str> {
        of_registration(body.to_string().as_bytes()).map_err(Mistake::code)
    }

    #[test]
    fn an_app_has_a_name_and_addresses() {
        let read = registered(&json!({
            "client_name": " Claude ", "redirect_uris": ["https://claude.ai/cb"], "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "client_secret_post", "logo_uri": 7
        }));
        let uris = vec!["https://claude.ai/cb".to_owned()];
        assert_eq!(read.unwrap(), Description { name: "Claude".to_owned(), redirect_uris: uris });
        assert_eq!(registered(&json!({"redirect_uris": ["https://claude.ai/cb"]})).unwrap().name, "claude.ai");
        let many: Vec<String> = (0..11).map(|number| format!("https://a.test/{number}")).collect();
        for (body, code) in [
            (json!({"client_name": "x"}), "invalid_redirect_uri"),
            (json!({"redirect_uris": []}), "invalid_redirect_uri"),
            (json!({"redirect_uris": many}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["https://a.test/", "http://a.test/"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": "https://a.test/"}), "invalid_client_metadata"),
            (json!({"redirect_uris": ["https://a.test/"], "client_name": "x".repeat(101)}), "invalid_client_metadata"),
            (json!({"redirect_uris": ["https://a.test/"], "client_name": "a\u{202e}b"}), "invalid_client_metadata"),
            (json!({"redirect_uris": ["https://a.test/"], "client_name": "a\nb"}), "invalid_client_metadata"),
            (json!([]), "invalid_client_metadata"),
        ] {
            assert_eq!(registered(&body), Err(code), "{body}");
        }
        assert_eq!(of_registration(b"{").map_err(Mistake::code), Err("invalid_client_metadata"));
    }

    #[test]
    fn a_document_speaks_for_its_own_address() {
        let document = |body: Value| of_document(body.to_string().as_bytes(), ID);
        let uris = json!(["https://app.test/cb"]);
        assert!(document(json!({"client_id": ID, "redirect_uris": uris})).is_ok());
        assert!(
            document(json!({"client_id": ID, "redirect_uris": uris, "token_endpoint_auth_method": "none"})).is_ok()
        );
        for body in [
            json!({"redirect_uris": uris}),
            json!({"client_id": "https://other.test/client.json", "redirect_uris": uris}),
            json!({"client_id": format!("{ID}?"), "redirect_uris": uris}),
            json!({"client_id": ID, "redirect_uris": uris, "client_secret": "x"}),
            json!({"client_id": ID, "redirect_uris": uris, "token_endpoint_auth_method": "client_secret_basic"}),
            json!({"client_id": ID, "redirect_uris": uris, "token_endpoint_auth_method": "private_key_jwt"}),
        ] {
            assert_eq!(document(body.clone()).map_err(Mistake::code), Err("invalid_client_metadata"), "{body}");
        }
    }
}
