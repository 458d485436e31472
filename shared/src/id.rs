//! Typed ids: UUIDs with the type of thing they identify, written as TypeIDs (`aff_01h455vb4pex5vsknk084sn02q`).
//!
//! The text form follows the TypeID specification 0.3 (prefix, `_`, 26 characters of Crockford base32, lower case). A
//! wrong prefix is refused, so an affiliate's id can't be passed as a program's. In Postgres ids are `uuid`.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The type of thing that an id identifies. Implemented by the empty enums below; the prefix is part of the public text
/// form.
pub trait Kind {
    const PREFIX: &'static str;
}

/// An id of a `K`. Ordered by its 128 bits, which for [`Id::v7`] means by time.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $alias:ident $prefix:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// The tenant: a brand's account. First part of every key in the database.
    Organization OrganizationId "org",
    /// A program that affiliates join.
    Program ProgramId "prog",
    /// A creator's membership in one organization.
    Affiliate AffiliateId "aff",
    /// A short link `https://{host}/{slug}`.
    Link LinkId "lnk",
    /// A click, created at the edge; also the id of the click's event.
    ClickKind ClickId "clk",
    /// A buyer, as the brand or its gateway identifies them.
    Customer CustomerId "cus",
    /// The link between two customers who were reported as the buyer of one sale.
    CustomerJoin CustomerJoinId "join",
    /// A sale, renewal or lead.
    ConversionKind ConversionId "conv",
    /// What one conversion earns one affiliate.
    Commission CommissionId "com",
    /// A payment to an affiliate.
    Payout PayoutId "po",
    /// Payouts in one currency that are proposed, approved and sent together.
    PayoutRun PayoutRunId "run",
    Import ImportId "imp",
    /// A brand's account from which affiliates are paid.
    PayoutConnection PayoutConnectionId "pcon",
    /// An affiliate's account to which a brand pays.
    PayoutAccount PayoutAccountId "pacc",
    /// A difference between a payout and the vendor's transfers.
    PayoutDifference PayoutDifferenceId "diff",
    /// A comparison of payouts with the vendor's transfers.
    Reconciliation ReconciliationId "rec",
    /// A tax form.
    TaxForm TaxFormId "tax",
    /// A file in object storage.
    File FileId "file",
    /// An event on its way from the edge to the ledger.
    EventKind EventId "evt",
    /// An outbound webhook endpoint.
    WebhookEndpoint WebhookEndpointId "whe",
    /// A vendor's account that receives events.
    Destination DestinationId "dst",
    /// An event as it is reported to webhooks.
    Message MessageId "msg",
    /// A connected CRM account.
    CrmConnection CrmConnectionId "crm",
    /// A sync of an affiliate into a CRM.
    Sync SyncId "sync",
    /// A new sync of all affiliates into a CRM.
    Resync ResyncId "batch",
    /// A connected payment gateway account.
    GatewayConnection GatewayConnectionId "gw",
    /// An API key (not its secret).
    ApiKey ApiKeyId "key",
    /// A person who signs in.
    User UserId "usr",
    /// One immutable version of a commission plan.
    PlanVersion PlanVersionId "plan",
    /// A coupon code that credits an affiliate.
    Coupon CouponId "cpn",
    /// What customers save with a program's coupons.
    Discount DiscountId "disc",
    /// A book account.
    Account AccountId "acct",
    /// A book entry: one debit, one credit, one positive amount.
    Transfer TransferId "xfer",
    /// A person's decision about a conversion or commission.
    Decision DecisionId "dec",
    /// A currency's exchange rate to the home currency on a day.
    ExchangeRate ExchangeRateId "fx",
    /// An invitation to join an organization's team.
    Invitation InvitationId "inv",
    /// A line of an organization's audit log.
    AuditEntry AuditEntryId "aud",
    /// A person's agreement, or its withdrawal.
    Consent ConsentId "cst",
    /// An affiliate's claim of a missing sale.
    Claim MissingSaleClaimId "inq",
    /// What affiliates get for a milestone, a contest or a bounty.
    Reward RewardId "rwd",
    /// One affiliate's share of a reward, earned or requested.
    RewardClaim RewardClaimId "rwc",
    /// Promotional material that a brand provides to its affiliates.
    Asset AssetId "ast",
    /// An email to a person, in the outbox.
    Email EmailId "mail",
    /// A person's session in one browser.
    Session SessionId "ses",
    /// An event in a person's account.
    AccountEvent AccountEventId "acev",
    /// A view of a list that a person saved.
    SavedView SavedViewId "view",
    /// A batch of events posted by the edge's consumer.
    BatchKind BatchId "bat",
    /// A person with a profile in the creator network.
    Creator CreatorId "cre",
    /// A website or social account of a creator.
    CreatorChannel CreatorChannelId "chan",
    /// A brand's contact with a creator about a program.
    NetworkContact NetworkContactId "ctc",
    /// A message between a brand and a creator.
    NetworkMessage NetworkMessageId "nmsg",
    /// Another installation whose programs are shown here.
    NetworkPeer NetworkPeerId "peer",
    /// What a person allowed an app that they connected.
    OauthGrant OauthGrantId "grt",
    /// What an AI assistant asked for and a person has to confirm.
    AgentConfirmation AgentConfirmationId "conf",
    /// The model that an organization connected for the co-pilot.
    CopilotConnection CopilotConnectionId "cpm",
    /// A person's conversation with the co-pilot.
    CopilotConversation CopilotConversationId "chat",
    /// A message of such a conversation.
    CopilotMessage CopilotMessageId "chm",
}

/// Why a text is not an id of the requested kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("must start with `{0}_`")]
    Prefix(&'static str),
    #[error("must end with 26 base32 characters")]
    Suffix,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX_LEN: usize = 26;

/// The digit that each byte of a suffix stands for; [`NO_DIGIT`] if it isn't in the alphabet. Without this table,
/// the ledger would search the alphabet 150 times for each event, which has half a dozen ids.
static DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        digits[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};
/// Has a bit that no digit has.
const NO_DIGIT: u8 = 255;

impl<K: Kind> Id<K> {
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Creates a time-ordered id (RFC 9562 §5.7) from Unix milliseconds and ten random bytes.
    pub const fn v7(unix_ms: u64, random: &[u8; 10]) -> Self {
        Self::new(Builder::from_unix_timestamp_millis(unix_ms, random).into_uuid())
    }

    /// Derives an id from names (RFC 9562 §5.8, SHA-256): the same names always result in the same id, so a replay of
    /// an outside event gets the id of the first one. Each part is length-prefixed, so different lists of parts never
    /// collide.
    pub fn derived(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        hash.update(K::PREFIX.as_bytes());
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self::new(Builder::from_custom_bytes(bytes).into_uuid())
    }

    pub const fn uuid(self) -> Uuid {
        self.0
    }

    pub const fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::new(Uuid::from_bytes(bytes))
    }
}

impl ClickId {
    /// Creates the id of a click on a link of this program: like [`Id::v7`], but the last two bytes are those of the
    /// program's id instead of random ones. A click token names only its link, and by these bytes the edge recognizes one
    /// of a program without a lookup. 58 random bits per millisecond remain, which is enough for two clicks never to have
    /// the same id.
    #[inline]
    pub const fn of_program(unix_ms: u64, random: &[u8; 10], program: ProgramId) -> Self {
        let mut bytes = *random;
        bytes[8] = program.bytes()[14];
        bytes[9] = program.bytes()[15];
        Self::v7(unix_ms, &bytes)
    }

    /// Whether the click can be one on a link of this program. So can one in 65,536 clicks of another program: what is
    /// paid is decided by the link.
    #[inline]
    pub const fn is_of_program(&self, program: ProgramId) -> bool {
        self.bytes()[14] == program.bytes()[14] && self.bytes()[15] == program.bytes()[15]
    }
}

/// Longest prefix, `_`, and the suffix, with some room.
const TEXT_MAX: usize = 40;

impl<K: Kind> Id<K> {
    /// Writes the text form into a buffer: an event contains half a dozen ids, and formatting them one by one would
    /// cost the edge more than signing the event does.
    fn text<'b>(&self, buffer: &'b mut [u8; TEXT_MAX]) -> &'b str {
        let prefix = K::PREFIX.as_bytes();
        let length = prefix.len() + 1 + SUFFIX_LEN;
        buffer[..prefix.len()].copy_from_slice(prefix);
        buffer[prefix.len()] = b'_';
        let mut value = self.0.as_u128();
        for slot in buffer[prefix.len() + 1..length].iter_mut().rev() {
            *slot = ALPHABET[(value & 31) as usize];
            value >>= 5;
        }
        std::str::from_utf8(&buffer[..length]).unwrap_or_default()
    }

    /// Appends the text form.
    pub fn push_to(&self, text: &mut String) {
        text.push_str(self.text(&mut [0; TEXT_MAX]));
    }
}

impl<K: Kind> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Self {
        id.uuid()
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(&mut [0; TEXT_MAX]))
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse(K::PREFIX, text).map(Self::new)
    }
}

/// Parses the text form. One copy for all kinds, which keeps the edge small.
fn parse(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let suffix =
        text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(IdError::Prefix(prefix))?.as_bytes();
    // 26 * 5 = 130 bits: the first character may only carry three of them.
    if suffix.len() != SUFFIX_LEN || suffix[0] > b'7' {
        return Err(IdError::Suffix);
    }
    let (mut value, mut seen) = (0_u128, 0);
    for byte in suffix {
        let digit = DIGITS[usize::from(*byte)];
        seen |= digit;
        value = (value << 5) | u128::from(digit);
    }
    // Digits are below 32, and so is whatever has only their bits.
    if usize::from(seen) < ALPHABET.len() { Ok(Uuid::from_u128(value)) } else { Err(IdError::Suffix) }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text(&mut [0; TEXT_MAX]))
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(IdVisitor(K::PREFIX)).map(Self::new)
    }
}

/// Parses the text where it is, without a copy. Its field is the prefix.
struct IdVisitor(&'static str);

impl Visitor<'_> for IdVisitor {
    type Value = Uuid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Uuid, E> {
        parse(self.0, text).map_err(E::custom)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests;
