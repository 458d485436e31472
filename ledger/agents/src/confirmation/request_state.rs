//! The text that a host sends back with what its person answered. It is signed, and names the confirmation, who requested
//! it, the call, and until when it may be answered. That it works only once is the database's to see to.

use kit::page::signed;
use shared::{id::AgentConfirmationId, keys::KeyRing, timestamp::Timestamp};

use super::digest;
use identity::access::agent::Agent;

const PURPOSE: &[u8] = b"agent confirmation";
/// How long a host may take, in milliseconds. The page stays open for longer.
pub const LIFE_MS: i64 = 300_000;
const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// Why a text isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It isn't ours, or belongs to someone else or to another call.
    Foreign,
    Expired,
}

/// `call` is the digest of the call that it belongs to. `None` never happens with our own keys.
pub fn seal(keys: &KeyRing, id: AgentConfirmationId, agent: &Agent, call: &[u8; 32], now: Timestamp) -> Option<String> {
    let until = now.millis().saturating_add(LIFE_MS).to_be_bytes();
    let content = [&id.bytes()[..], &until[..], &digest::of_reply(agent, call)[..]].concat();
    signed::sign(keys, PURPOSE, &content)
}

/// # Errors
/// [`Refused`], unless it was given to this agent for this call, and not too long ago.
pub fn open(
    keys: &KeyRing,
    text: &str,
    agent: &Agent,
    call: &[u8; 32],
    now: Timestamp,
) -> Result<AgentConfirmationId, Refused> {
    let content = signed::read(keys, PURPOSE, text).ok_or(Refused::Foreign)?;
    let (id, rest) = content.split_first_chunk::<ID_BYTES>().ok_or(Refused::Foreign)?;
    let (until, reply) = rest.split_first_chunk::<TIME_BYTES>().ok_or(Refused::Foreign)?;
    if reply != &digest::of_reply(agent, call)[..] {
        return Err(Refused::Foreign);
    }
    if i64::from_be_bytes(*until) <= now.millis() {
        return Err(Refused::Expired);
    }
    Ok(AgentConfirmationId::from_bytes(*id))
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;
    use crate::tool::fixture;
    use identity::access::actor::Actor;

    fn ring(digits: &str) -> KeyRing {
        KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Pages).unwrap()
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis).unwrap()
    }

    #[test]
    fn it_is_for_one_agent_and_one_call() {
        let (id, keys) = (AgentConfirmationId::v7(1, &[9; 10]), ring("ab"));
        let text = seal(&keys, id, &fixture::agent(1), &[1; 32], at(0)).unwrap();
        let opened = |text: &str, agent: &Agent, call: u8| open(&keys, text, agent, &[call; 32], at(1));
        assert_eq!(opened(&text, &fixture::agent(1), 1), Ok(id));
        assert_eq!(opened(&text, &fixture::agent(2), 1), Err(Refused::Foreign), "another connection");
        assert_eq!(opened(&text, &fixture::agent(1), 2), Err(Refused::Foreign), "another call");
        let actor = Actor { who: "user:usr_2".to_owned(), ..Actor::system() };
        let person = Agent { actor, ..fixture::agent(1) };
        assert_eq!(opened(&text, &person, 1), Err(Refused::Foreign), "another person");
        for tampered in ["", &text[1..], &format!("{text}A"), "AAAA"] {
            assert_eq!(opened(tampered, &fixture::agent(1), 1), Err(Refused::Foreign), "{tampered}");
        }
        assert_eq!(open(&ring("cd"), &text, &fixture::agent(1), &[1; 32], at(1)), Err(Refused::Foreign));
        let short = signed::sign(&keys, PURPOSE, b"short").unwrap();
        assert_eq!(opened(&short, &fixture::agent(1), 1), Err(Refused::Foreign));
        let other = signed::sign(&keys, b"another purpose", b"text").unwrap();
        assert_eq!(opened(&other, &fixture::agent(1), 1), Err(Refused::Foreign));
    }

    #[test]
    fn it_can_be_answered_for_five_minutes() {
        let (id, keys, agent) = (AgentConfirmationId::v7(1, &[9; 10]), ring("ab"), fixture::agent(1));
        let text = seal(&keys, id, &agent, &[1; 32], at(0)).unwrap();
        assert_eq!(open(&keys, &text, &agent, &[1; 32], at(LIFE_MS - 1)), Ok(id));
        assert_eq!(open(&keys, &text, &agent, &[1; 32], at(LIFE_MS)), Err(Refused::Expired));
    }
}
