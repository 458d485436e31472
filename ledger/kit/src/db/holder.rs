//! What a caller presents before the tenant is known.

use shared::{
    id::{CreatorId, UserId},
    keys::encode_hex,
};

/// What a caller presents before the tenant is known; the database shows only the rows that it names.
#[derive(Debug, Clone, Copy)]
pub enum Holder<'a> {
    Nothing,
    User(UserId),
    BearerHash(&'a [u8; 32]),
    EdgeKey(&'a str),
    /// The handle of a program page.
    Handle(&'a str),
    /// The hash of an affiliate's or creator's email address.
    AddressHash(&'a [u8; 32]),
    /// A creator who signed in: the database shows their profile, channels, contacts and messages.
    Creator(CreatorId),
}

impl Holder<'_> {
    /// The setting that row-level security reads, and its value.
    pub(super) fn setting(&self) -> (&'static str, String) {
        match self {
            Self::Nothing => ("rekomi.tenants", String::new()),
            Self::User(user) => ("rekomi.user_id", user.uuid().to_string()),
            Self::BearerHash(hash) => ("rekomi.bearer_hash", encode_hex(*hash)),
            Self::AddressHash(hash) => ("rekomi.address_hash", encode_hex(*hash)),
            Self::Creator(creator) => ("rekomi.creator", creator.uuid().to_string()),
            Self::EdgeKey(key) => ("rekomi.edge_key", (*key).to_owned()),
            Self::Handle(handle) => ("rekomi.handle", (*handle).to_owned()),
        }
    }
}
