//! A brand's Stripe account with Connect, and the keys to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{account::Account, bank::BankPayout, endpoint::Endpoint, idempotency::Replies, transfer::Transfer};

/// May do everything, of a platform in the United States.
pub const SECRET_KEY: &str = "sk_test_51StandInConnectSecretCanary0011";
/// As a brand makes one for us: all that is needed, and no more.
pub const RESTRICTED_KEY: &str = "rk_test_51StandInConnectKeyCanary0012";
/// Can neither make transfers nor account links.
pub const POOR_KEY: &str = "rk_test_51StandInConnectPoorCanary0013";
/// May do everything, of a platform in Germany.
pub const GERMAN_KEY: &str = "sk_test_51StandInConnectBerlinCanary0014";
/// Of an account that hasn't signed up for Connect.
pub const UNCONNECTED_KEY: &str = "sk_test_51StandInConnectNoneCanary0015";

pub const PLATFORM: &str = "acct_1StandInPlatformUS";
pub const GERMAN_PLATFORM: &str = "acct_1StandInPlatformDE";

/// What a restricted key needs for everything that is done for payouts.
pub const NEEDED: [&str; 11] = [
    "rak_accounts_kyc_basic_read",
    "rak_connected_account_read",
    "rak_connected_account_write",
    "rak_account_link_write",
    "rak_login_link_write",
    "rak_transfer_read",
    "rak_transfer_write",
    "rak_balance_read",
    "rak_webhook_write",
    "rak_payout_read",
    "rak_balance_transaction_source_read",
];

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) platform: String,
    /// None: everything.
    pub(super) permissions: Option<Vec<String>>,
}

impl Key {
    fn of(text: &str, platform: &str, permissions: Option<&[&str]>) -> Self {
        let permissions = permissions.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
        Self { text: text.to_owned(), platform: platform.to_owned(), permissions }
    }

    pub(super) fn may(&self, permission: &str) -> bool {
        // The right to write includes the right to read.
        let write = permission.replace("_read", "_write");
        self.permissions.as_ref().is_none_or(|all| all.iter().any(|one| *one == permission || *one == write))
    }
}

pub(super) fn keys() -> Vec<Key> {
    let poor: Vec<&str> =
        NEEDED.into_iter().filter(|one| !["rak_transfer_write", "rak_account_link_write"].contains(one)).collect();
    vec![
        Key::of(SECRET_KEY, PLATFORM, None),
        Key::of(RESTRICTED_KEY, PLATFORM, Some(&NEEDED)),
        Key::of(POOR_KEY, PLATFORM, Some(&poor)),
        Key::of(GERMAN_KEY, GERMAN_PLATFORM, None),
        Key::of(UNCONNECTED_KEY, "acct_1StandInUnconnected", None),
    ]
}

/// A brand's account and everything in it.
#[derive(Debug)]
pub struct Platform {
    pub id: String,
    pub name: String,
    pub country: String,
    pub currency: String,
    /// Whether it signed up for Connect.
    pub has_connect: bool,
    /// Whether Stripe lets it have accounts for transfers alone.
    pub is_approved: bool,
    /// By currency in lower case, in Stripe's units.
    pub available: BTreeMap<String, i64>,
    pub pending: BTreeMap<String, i64>,
    /// By currency: the least that is transferred.
    pub minimums: BTreeMap<String, i64>,
    pub accounts: BTreeMap<String, Account>,
    /// In the order they were made.
    pub transfers: Vec<Transfer>,
    pub bank_payouts: Vec<BankPayout>,
    pub endpoints: Vec<Endpoint>,
    pub(super) replies: Replies,
}

impl Platform {
    pub(super) fn new(id: &str, name: &str, country: &str, currency: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            country: country.to_owned(),
            currency: currency.to_owned(),
            has_connect: true,
            is_approved: true,
            available: BTreeMap::new(),
            pending: BTreeMap::new(),
            minimums: BTreeMap::new(),
            accounts: BTreeMap::new(),
            transfers: Vec::new(),
            bank_payouts: Vec::new(),
            endpoints: Vec::new(),
            replies: Replies::default(),
        }
    }

    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "account", "type": "standard", "country": self.country,
            "default_currency": self.currency, "email": "finance@example.com", "business_type": "company",
            "business_profile": {"name": self.name, "mcc": null, "url": null}, "charges_enabled": true,
            "payouts_enabled": true, "details_submitted": true,
            "settings": {"dashboard": {"display_name": self.name, "timezone": "Etc/UTC"}},
        })
    }

    /// `{"object": "balance", …}`.
    pub(super) fn balance(&self) -> Value {
        let parts = |of: &BTreeMap<String, i64>| -> Vec<Value> {
            let all = of.iter();
            all.map(
                |(currency, amount)| json!({"amount": amount, "currency": currency, "source_types": {"card": amount}}),
            )
            .collect()
        };
        json!({"object": "balance", "livemode": false, "available": parts(&self.available), "pending": parts(&self.pending)})
    }

    pub fn account(&mut self, id: &str) -> &mut Account {
        self.accounts.get_mut(id).unwrap_or_else(|| panic!("there is no account {id}"))
    }
}

pub(super) fn platforms() -> BTreeMap<String, Platform> {
    let american = Platform::new(PLATFORM, "Acme Inc.", "US", "usd");
    let german = Platform::new(GERMAN_PLATFORM, "Acme GmbH", "DE", "eur");
    let mut none = Platform::new("acct_1StandInUnconnected", "Solo Ltd.", "GB", "gbp");
    none.has_connect = false;
    [american, german, none].into_iter().map(|platform| (platform.id.clone(), platform)).collect()
}
