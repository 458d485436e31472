//! Digests: of a call, of what a host answers to it, and of what it would do.

use sha2::{Digest, Sha256};
use sqlx::types::Uuid;

use super::words::Line;
use identity::access::agent::Agent;

/// The method of the protocol whose calls are confirmed.
const METHOD: &str = "tools/call";

/// Of a call: the same call of the same connection has the same digest. `arguments` is canonical JSON.
pub fn of_call(connection: Uuid, tool: &str, arguments: &str) -> [u8; 32] {
    let digest = Sha256::new().chain_update(connection.as_bytes()).chain_update(tool).chain_update([0]);
    digest.chain_update(arguments).finalize().into()
}

/// Of who may answer a call, and which: `call` is its digest.
pub fn of_reply(agent: &Agent, call: &[u8; 32]) -> [u8; 32] {
    let mut digest = Sha256::new();
    let organization = agent.organization.to_string();
    for part in
        [METHOD.as_bytes(), organization.as_bytes(), agent.connection.as_bytes(), agent.actor.who.as_bytes(), call]
    {
        add(&mut digest, part);
    }
    digest.finalize().into()
}

/// Of the lines that a person sees: what is confirmed is what was requested.
pub fn of_lines<'l>(lines: impl Iterator<Item = &'l Line>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for line in lines {
        add(&mut digest, line.label.as_bytes());
        add(&mut digest, line.value.as_bytes());
    }
    digest.finalize().into()
}

/// With its length, so that no two lists of parts are the same bytes.
fn add(digest: &mut Sha256, part: &[u8]) {
    digest.update((part.len() as u64).to_be_bytes());
    digest.update(part);
}

#[cfg(test)]
mod tests {
    use shared::id::{ApiKeyId, OrganizationId};

    use super::*;
    use crate::tool::fixture;
    use identity::access::actor::Actor;

    #[test]
    fn a_digest_covers_who_asks_and_what_for() {
        let connection = |number: u8| ApiKeyId::v7(1, &[number; 10]).uuid();
        let first = of_call(connection(1), "give_bonus", "{}");
        assert_eq!(first, of_call(connection(1), "give_bonus", "{}"));
        for other in [
            of_call(connection(2), "give_bonus", "{}"),
            of_call(connection(1), "give_bonus{", "}"),
            of_call(connection(1), "give_bonus", "{\"a\":1}"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_reply_is_of_one_agent_to_one_call() {
        let first = of_reply(&fixture::agent(1), &[1; 32]);
        let actor = Actor { who: "user:usr_2".to_owned(), ..Actor::system() };
        for other in [
            of_reply(&fixture::agent(2), &[1; 32]),
            of_reply(&fixture::agent(1), &[2; 32]),
            of_reply(&Agent { actor, ..fixture::agent(1) }, &[1; 32]),
            of_reply(&Agent { organization: OrganizationId::v7(1, &[9; 10]), ..fixture::agent(1) }, &[1; 32]),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn an_effect_is_another_one_if_any_line_is() {
        let seen = |lines: &[(&str, &str)]| {
            let lines: Vec<Line> = lines.iter().map(|(label, value)| Line::new(*label, *value)).collect();
            of_lines(lines.iter())
        };
        let first = seen(&[("Amount", "$5.00"), ("To", "Mia")]);
        assert_eq!(first, seen(&[("Amount", "$5.00"), ("To", "Mia")]));
        for other in [
            seen(&[("Amount", "$5.01"), ("To", "Mia")]),
            seen(&[("Amount", "$5.00")]),
            seen(&[("Amoun", "t$5.00"), ("To", "Mia")]),
            seen(&[("To", "Mia"), ("Amount", "$5.00")]),
        ] {
            assert_ne!(first, other);
        }
    }
}
