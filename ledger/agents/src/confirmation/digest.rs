//! Digests: of what was asked for, and of what the page showed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::id::AgentConfirmationId;
use sqlx::types::Uuid;

/// Of a call: the same call of the same connection has the same digest. `arguments` is canonical JSON.
pub fn of_call(connection: Uuid, tool: &str, arguments: &str) -> [u8; 32] {
    let digest = Sha256::new().chain_update(connection.as_bytes()).chain_update(tool).chain_update([0]);
    digest.chain_update(arguments).finalize().into()
}

/// Of the lines that a page showed, which the form sends back: what is confirmed is what was seen.
pub fn of_page<'l>(id: AgentConfirmationId, lines: impl Iterator<Item = (&'l str, &'l str)>) -> String {
    let mut digest = Sha256::new().chain_update(id.bytes());
    for (label, value) in lines {
        for part in [label, value] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    BASE64_URL_SAFE_NO_PAD.encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> AgentConfirmationId {
        AgentConfirmationId::v7(1, &[number; 10])
    }

    #[test]
    fn a_digest_covers_who_asks_and_what_for() {
        let first = of_call(id(1).uuid(), "give_bonus", "{}");
        assert_eq!(first, of_call(id(1).uuid(), "give_bonus", "{}"));
        for other in [
            of_call(id(2).uuid(), "give_bonus", "{}"),
            of_call(id(1).uuid(), "give_bonus{", "}"),
            of_call(id(1).uuid(), "give_bonus", "{\"a\":1}"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_page_is_another_one_if_any_line_is() {
        let seen = |id, lines: &[(&'static str, &'static str)]| of_page(id, lines.iter().copied());
        let first = seen(id(1), &[("Amount", "$5.00"), ("To", "Mia")]);
        assert_eq!(first, seen(id(1), &[("Amount", "$5.00"), ("To", "Mia")]));
        for other in [
            seen(id(2), &[("Amount", "$5.00"), ("To", "Mia")]),
            seen(id(1), &[("Amount", "$5.01"), ("To", "Mia")]),
            seen(id(1), &[("Amount", "$5.00")]),
            seen(id(1), &[("Amoun", "t$5.00"), ("To", "Mia")]),
            seen(id(1), &[("To", "Mia"), ("Amount", "$5.00")]),
        ] {
            assert_ne!(first, other);
        }
    }
}
