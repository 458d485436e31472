//! Tokens of affiliates' links and sessions, each of which belongs to one tenant and names it.
//!
//! A token is the organization's id followed by 32 random bytes, as one base64url text. Because it names its tenant, no
//! statement has to run before the tenant is known. Only its SHA-256 is stored.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::id::OrganizationId;
use uuid::Uuid;

const ORGANIZATION_BYTES: usize = 16;
const TOKEN_BYTES: usize = ORGANIZATION_BYTES + 32;

/// A token that contains its organization's id.
#[derive(Clone, PartialEq, Eq)]
pub struct TenantToken {
    pub organization: OrganizationId,
    pub hash: [u8; 32],
    text: String,
}

impl std::fmt::Debug for TenantToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TenantToken").field("organization", &self.organization).finish_non_exhaustive()
    }
}

impl TenantToken {
    pub fn fresh(organization: OrganizationId) -> Self {
        let random: [u8; 32] = rand::random();
        let text = BASE64_URL_SAFE_NO_PAD.encode([&organization.uuid().as_bytes()[..], &random].concat());
        Self { organization, hash: Sha256::digest(&text).into(), text }
    }

    /// Parses a token from a link or cookie.
    pub fn read(text: &str) -> Option<Self> {
        let bytes: [u8; TOKEN_BYTES] = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (organization, _) = bytes.split_first_chunk::<ORGANIZATION_BYTES>()?;
        let organization = OrganizationId::new(Uuid::from_bytes(*organization));
        Some(Self { organization, hash: Sha256::digest(text).into(), text: text.to_owned() })
    }

    /// Returns the secret text itself.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_organization() {
        let organization = OrganizationId::v7(1, &[9; 10]);
        let token = TenantToken::fresh(organization);
        assert_eq!(TenantToken::read(token.text()), Some(token.clone()));
        assert_ne!(TenantToken::fresh(organization), token);
        assert_eq!(token.text().len(), 64);
        assert!(!format!("{token:?}").contains(token.text()));
        for end in 0..token.text().len() {
            assert_eq!(TenantToken::read(&token.text()[..end]), None);
        }
        for bad in ["", "é", &"!".repeat(64)] {
            assert_eq!(TenantToken::read(bad), None, "{bad}");
        }
    }
}
