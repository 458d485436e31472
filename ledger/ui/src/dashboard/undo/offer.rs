//! What a message offers to undo, as the token in its button's path: signed, so that nothing has to be stored.

use serde::{Deserialize, Serialize};
use shared::{
    id::{OrganizationId, UserId},
    keys::KeyRing,
    timestamp::Timestamp,
};
use uuid::Uuid;

use identity::access::member::Member;
use kit::{page::signed, state::AppState};

/// A cookie has room for as many ids.
const IDS_MAX: usize = 100;
/// Long enough to read the message.
const MINUTES: i64 = 10;
const PURPOSE: &[u8] = b"undo";
const ID_BYTES: usize = 16;

/// What was done to the items whose ids the offer has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Affiliates were archived.
    Archived,
    /// The segment of affiliates was set, from that moment on.
    Segment,
    /// An alert was dismissed: its row and kind, and when it had been dismissed before.
    Alert { row: String, kind: String, before: Option<Timestamp> },
    /// Events that couldn't be processed were dismissed.
    Events,
    /// The getting-started checklist was dismissed.
    Checklist,
}

impl What {
    /// The clock by which the change is dated.
    fn clock(&self, state: &AppState) -> Timestamp {
        if *self == Self::Archived { state.clock.wall() } else { state.clock.now() }
    }
}

/// An action that begins now and can be undone.
#[derive(Debug)]
pub struct Begun {
    what: What,
    at: Timestamp,
}

impl Begun {
    pub fn new(state: &AppState, what: What) -> Self {
        Self { at: what.clock(state), what }
    }

    /// When it begins, by the clock by which the change is dated.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The path that undoes it for these items, and then leads `back`; `None` if there are none, or too many.
    pub fn path(self, state: &AppState, member: &Member, ids: Vec<Uuid>, back: &str) -> Option<String> {
        let offer = Offer {
            during: (self.at, self.what.clock(state)),
            what: self.what,
            organization: member.organization,
            user: member.user,
            until: state.clock.wall().plus_millis(MINUTES.saturating_mul(60_000)),
            back: back.to_owned(),
            ids,
        };
        let is_small = (1..=IDS_MAX).contains(&offer.ids.len());
        let token = offer.token(&state.config.keys.pages).filter(|_| is_small)?;
        Some(format!("/dashboard/undo/{token}"))
    }
}

/// An action that was done, as its token has it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offer {
    pub what: What,
    pub organization: OrganizationId,
    /// Who did it.
    pub user: UserId,
    /// The time in which it was done.
    pub during: (Timestamp, Timestamp),
    /// The end of the offer, by the wall clock.
    pub until: Timestamp,
    pub back: String,
    /// Not among the other fields in the token, where they would be twice as long.
    #[serde(skip)]
    pub ids: Vec<Uuid>,
}

impl Offer {
    fn token(&self, keys: &KeyRing) -> Option<String> {
        let mut content = serde_json::to_vec(self).ok()?;
        // JSON has no line break of its own.
        content.push(b'\n');
        self.ids.iter().for_each(|id| content.extend_from_slice(id.as_bytes()));
        signed::sign(keys, PURPOSE, &content)
    }

    pub(super) fn read(keys: &KeyRing, token: &str) -> Option<Self> {
        let content = signed::read(keys, PURPOSE, token)?;
        let end = content.iter().position(|byte| *byte == b'\n')?;
        let (fields, ids) = content.split_at_checked(end)?;
        let ids = ids.get(1..)?.chunks(ID_BYTES).map(|bytes| Uuid::from_slice(bytes).ok()).collect::<Option<_>>()?;
        Some(Self { ids, ..serde_json::from_slice(fields).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_token_has_everything_and_fits_a_cookie() {
        let keys = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pages).unwrap();
        let offer = Offer {
            what: What::Archived,
            organization: OrganizationId::from_bytes([1; 16]),
            user: UserId::from_bytes([2; 16]),
            during: (Timestamp::EPOCH, Timestamp::EPOCH.plus_days(1)),
            until: Timestamp::EPOCH,
            back: "/dashboard/affiliates?q=ann".to_owned(),
            ids: (0..IDS_MAX).map(|_| Uuid::from_bytes([b'\n'; ID_BYTES])).collect(),
        };
        let token = offer.token(&keys).unwrap();
        assert!(token.len() < 2_700, "{}", token.len());
        assert_eq!(Offer::read(&keys, &token), Some(offer));
        assert_eq!(Offer::read(&keys, &token[1..]), None);
    }
}
