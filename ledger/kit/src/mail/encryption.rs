//! Encrypts an email's body at rest, sealed for its row, since the links in it grant access.

use serde::{Deserialize, Serialize};
use shared::{
    id::EmailId,
    keys::KeyRing,
    seal::{self, Place, SealError, Secret},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub text: String,
    pub html: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
}

pub fn seal(at_rest: &KeyRing, id: EmailId, body: &Body) -> Result<String, SealError> {
    let text = serde_json::to_string(body).map_err(|_| SealError::Malformed)?;
    seal::seal(at_rest, place(&id.to_string()), rand::random(), &Secret::new(text))
}

pub fn open(at_rest: &KeyRing, id: EmailId, sealed: &str) -> Result<Body, SealError> {
    let opened = seal::open(at_rest, place(&id.to_string()), sealed)?;
    serde_json::from_str(opened.expose()).map_err(|_| SealError::Malformed)
}

/// The bodies are sealed without a tenant: people belong to none.
const fn place(row: &str) -> Place<'_> {
    Place { tenant: "", table: "mails", column: "sealed_body", row }
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_body_opens_in_its_own_row_only() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::AtRest).unwrap();
        let body = Body {
            text: "https://x.test/reset?token=canary".to_owned(),
            html: "<p>canary</p>".to_owned(),
            unsubscribe: None,
        };
        let (own, other) = (EmailId::v7(1, &[1; 10]), EmailId::v7(1, &[2; 10]));
        let sealed = seal(&ring, own, &body).unwrap();
        assert!(!sealed.contains("canary"));
        assert_eq!(open(&ring, own, &sealed).unwrap(), body);
        assert_eq!(open(&ring, other, &sealed), Err(SealError::Refused));
    }
}
