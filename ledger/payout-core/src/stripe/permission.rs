//! Finds out which permissions a key has, by calls that change nothing.
//!
//! Read permissions are tested by reading one object. Write permissions are tested by a request that can't succeed: it
//! names a parameter that doesn't exist, so Stripe refuses it in any case, and required parameters are missing, too.
//! Stripe refuses a restricted key without the write permission before that check, with 403, and names the missing
//! permission. Source: <https://docs.stripe.com/keys#limit-access>, <https://docs.stripe.com/api/errors>.

use super::{Answer, Call};

/// A parameter that Stripe doesn't know.
const NOT_A_PARAMETER: &str = "rekomi_permission_check";
/// An account that doesn't exist.
const NOBODY: &str = "acct_000000000000000";

/// A permission that a key may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    OwnAccountRead,
    AccountsRead,
    AccountsWrite,
    AccountLinksWrite,
    LoginLinksWrite,
    TransfersRead,
    TransfersWrite,
    BalanceRead,
    WebhookEndpointsWrite,
    BankPayoutsRead,
    BankPayoutContentsRead,
}

impl Permission {
    pub const ALL: [Self; 11] = [
        Self::OwnAccountRead,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::AccountLinksWrite,
        Self::LoginLinksWrite,
        Self::TransfersRead,
        Self::TransfersWrite,
        Self::BalanceRead,
        Self::WebhookEndpointsWrite,
        Self::BankPayoutsRead,
        Self::BankPayoutContentsRead,
    ];

    /// The stable name in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnAccountRead => "own_account_read",
            Self::AccountsRead => "accounts_read",
            Self::AccountsWrite => "accounts_write",
            Self::AccountLinksWrite => "account_links_write",
            Self::LoginLinksWrite => "login_links_write",
            Self::TransfersRead => "transfers_read",
            Self::TransfersWrite => "transfers_write",
            Self::BalanceRead => "balance_read",
            Self::WebhookEndpointsWrite => "webhook_endpoints_write",
            Self::BankPayoutsRead => "bank_payouts_read",
            Self::BankPayoutContentsRead => "bank_payout_contents_read",
        }
    }

    /// The name in the key editor of Stripe's dashboard.
    pub const fn title(self) -> &'static str {
        match self {
            Self::OwnAccountRead => "Account information (KYC basic): Read",
            Self::AccountsRead => "Connect \u{2192} Accounts: Read",
            Self::AccountsWrite => "Connect \u{2192} Accounts: Write",
            Self::AccountLinksWrite => "Connect \u{2192} Account Links: Write",
            Self::LoginLinksWrite => "Connect \u{2192} Login Links: Write",
            Self::TransfersRead => "Connect \u{2192} Transfers: Read",
            Self::TransfersWrite => "Connect \u{2192} Transfers: Write",
            Self::BalanceRead => "Core \u{2192} Balance: Read",
            Self::WebhookEndpointsWrite => "Webhook \u{2192} Webhook Endpoints: Write",
            Self::BankPayoutsRead => "Core \u{2192} Payouts: Read, for connected accounts",
            Self::BankPayoutContentsRead => "Core \u{2192} Balance Transaction Sources: Read, for connected accounts",
        }
    }

    /// The name in Stripe's refusals.
    pub const fn stripe_name(self) -> &'static str {
        match self {
            Self::OwnAccountRead => "rak_accounts_kyc_basic_read",
            Self::AccountsRead => "rak_connected_account_read",
            Self::AccountsWrite => "rak_connected_account_write",
            Self::AccountLinksWrite => "rak_account_link_write",
            Self::LoginLinksWrite => "rak_login_link_write",
            Self::TransfersRead => "rak_transfer_read",
            Self::TransfersWrite => "rak_transfer_write",
            Self::BalanceRead => "rak_balance_read",
            Self::WebhookEndpointsWrite => "rak_webhook_write",
            Self::BankPayoutsRead => "rak_payout_read",
            Self::BankPayoutContentsRead => "rak_balance_transaction_source_read",
        }
    }

    /// A sentence about what isn't possible without it; for an optional one, what is done instead.
    pub const fn without(self) -> &'static str {
        match self {
            Self::OwnAccountRead => "Required to identify your account and its country.",
            Self::AccountsRead => "Required to see which affiliates can be paid.",
            Self::AccountsWrite => "Required so affiliates can set up accounts.",
            Self::AccountLinksWrite => "Required to send affiliates to Stripe to enter their details.",
            Self::LoginLinksWrite => {
                "Lets us link affiliates to their Stripe dashboard. Without it, they can still sign in on Stripe."
            }
            Self::TransfersRead => {
                "Required to check whether a payment went through if Stripe\u{2019}s response is lost."
            }
            Self::TransfersWrite => "Required to pay affiliates.",
            Self::BalanceRead => "Required to check whether your balance covers a payout run.",
            Self::WebhookEndpointsWrite => {
                "Lets Stripe notify us right away. Without it, we check accounts daily (every few hours if details are \
                 missing), and reversals and bank rejections daily. You can also add the webhook endpoints manually."
            }
            Self::BankPayoutContentsRead => "Lets us see which payments a bank rejected.",
            Self::BankPayoutsRead => "Lets us see when an affiliate\u{2019}s bank rejects a payment.",
        }
    }

    /// Returns whether payouts can't work without it.
    pub const fn is_required(self) -> bool {
        !matches!(
            self,
            Self::LoginLinksWrite | Self::WebhookEndpointsWrite | Self::BankPayoutsRead | Self::BankPayoutContentsRead
        )
    }

    /// The call that tests the permission, without any effect. `None` if no such call exists and Stripe only reports
    /// the permission when it is needed.
    pub fn probe(self) -> Option<Call> {
        let refused = |path: String| Call::post(path).field(NOT_A_PARAMETER, "1");
        Some(match self {
            Self::OwnAccountRead => super::account::own(),
            Self::BalanceRead => super::balance::retrieve(),
            Self::AccountsRead => Call::get("/v1/accounts").field("limit", "1"),
            Self::TransfersRead => Call::get("/v1/transfers").field("limit", "1"),
            Self::AccountsWrite => refused("/v1/accounts".to_owned()),
            Self::AccountLinksWrite => refused("/v1/account_links".to_owned()),
            Self::LoginLinksWrite => refused(format!("/v1/accounts/{NOBODY}/login_links")),
            Self::TransfersWrite => refused("/v1/transfers".to_owned()),
            Self::WebhookEndpointsWrite => refused("/v1/webhook_endpoints".to_owned()),
            Self::BankPayoutsRead => Call::get("/v1/payouts").field("limit", "1"),
            Self::BankPayoutContentsRead => Call::get("/v1/balance_transactions").field("limit", "1"),
        })
    }
}

/// The result of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Granted,
    /// Stripe names the missing permission.
    Missing,
    /// The key is invalid or no longer valid, with Stripe's message.
    KeyRefused(String),
    /// The account hasn't signed up for Connect.
    NoConnect,
    /// Can't be determined now, for example because Stripe has a problem; try again later.
    Unknown,
}

pub fn finding(answer: &Answer) -> Finding {
    let (message, code) = description(answer);
    if code == "platform_account_required"
        || message.contains("signed up for Connect")
        || message.contains("Only Stripe Connect platforms")
    {
        return Finding::NoConnect;
    }
    match answer.status {
        200..=299 => Finding::Granted,
        401 => Finding::KeyRefused(message),
        403 if message.contains("rak_") || message.contains("permission") => Finding::Missing,
        // The key may query accounts, and this one doesn't exist: `account_invalid`.
        403 if code == "account_invalid" => Finding::Granted,
        // Stripe refused an invalid request, so the permission was accepted.
        400 | 404 if !message.is_empty() && code != "rate_limit" => Finding::Granted,
        _ => Finding::Unknown,
    }
}

/// Returns all permissions that a refusal names, by Stripe's names.
pub fn named(answer: &Answer) -> Vec<String> {
    let (message, _) = description(answer);
    let names = message.split(['\'', '`', '\u{2018}', '\u{2019}']).filter(|part| part.starts_with("rak_"));
    names.filter(|name| name.len() <= 80 && !name.contains(' ')).map(str::to_owned).collect()
}

/// Finds a permission by its name in Stripe's refusals.
pub fn of_stripe_name(name: &str) -> Option<Permission> {
    Permission::ALL.into_iter().find(|one| one.stripe_name() == name)
}

fn description(answer: &Answer) -> (String, String) {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
    (text("message"), text("code"))
}

/// What a key's text says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// `rk_`: has only the permissions it was given. `sk_` keys may do everything.
    pub restricted: bool,
    pub livemode: bool,
}

/// Parses a key; `None` if it isn't a secret or restricted key, such as a publishable `pk_` one.
pub fn key(text: &str) -> Option<Key> {
    let (kind, rest) = text.split_once('_')?;
    let (mode, secret) = rest.split_once('_')?;
    let restricted = match kind {
        "rk" => true,
        "sk" => false,
        _ => return None,
    };
    let livemode = match mode {
        "live" => true,
        "test" => false,
        _ => return None,
    };
    let is_text = secret.len() >= 8 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_text.then_some(Key { restricted, livemode })
}

/// The page on which Stripe creates a restricted key, with our permissions preselected if Stripe accepts them from the
/// URL.
pub fn create_key_url(livemode: bool) -> String {
    let mode = if livemode { "" } else { "test/" };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("name", "Rekomi payouts");
    for permission in Permission::ALL {
        query.append_pair("permissions[]", permission.stripe_name());
    }
    format!("https://dashboard.stripe.com/{mode}apikeys/create?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::Method;

    fn answer(status: u16, message: &str, code: Option<&str>) -> Answer {
        let body = serde_json::json!({"error": {"type": "invalid_request_error", "message": message, "code": code}});
        Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
    }

    #[test]
    fn a_missing_permission_is_told_from_a_bad_request() {
        let lacking = "The provided key 'rk_test_***abc' does not have the required permissions for this endpoint on account \
                       'acct_1'. Having the 'rak_transfer_write' permission would allow this request to continue.";
        assert_eq!(finding(&answer(403, lacking, None)), Finding::Missing);
        assert_eq!(named(&answer(403, lacking, None)), ["rak_transfer_write"]);
        assert_eq!(of_stripe_name("rak_transfer_write"), Some(Permission::TransfersWrite));
        let unknown = "Received unknown parameter: rekomi_permission_check";
        assert_eq!(finding(&answer(400, unknown, Some("parameter_unknown"))), Finding::Granted);
        assert_eq!(
            finding(&answer(403, "The provided key does not have access to account 'acct_0'", Some("account_invalid"))),
            Finding::Granted
        );
        assert_eq!(finding(&answer(404, "No such account", None)), Finding::Granted);
        assert!(matches!(finding(&answer(401, "Invalid API Key provided", None)), Finding::KeyRefused(_)));
        let none = "You can only create new accounts if you've signed up for Connect, which you can do at …";
        assert_eq!(finding(&answer(400, none, None)), Finding::NoConnect);
        for (status, code) in [(500, None), (429, Some("rate_limit")), (400, Some("rate_limit")), (409, None)] {
            assert_eq!(finding(&answer(status, "later", code)), Finding::Unknown);
        }
        assert_eq!(finding(&Answer { status: 400, body: b"<html>".to_vec(), ..Answer::default() }), Finding::Unknown);
    }

    #[test]
    fn no_probe_can_have_an_effect() {
        for permission in Permission::ALL {
            let Some(call) = permission.probe() else { continue };
            if call.method == Method::Post {
                assert_eq!(call.fields, [(NOT_A_PARAMETER.to_owned(), "1".to_owned())]);
                assert_eq!(call.key, None);
            } else {
                assert_eq!(call.method, Method::Get);
            }
        }
    }

    #[test]
    fn keys_tell_what_they_are() {
        assert_eq!(key("sk_live_51Habcdefgh"), Some(Key { restricted: false, livemode: true }));
        assert_eq!(key("rk_test_51Habcdefgh"), Some(Key { restricted: true, livemode: false }));
        for text in [
            "",
            "pk_live_51Habcdefgh",
            "sk_live_",
            "sk_prod_51Habcdefgh",
            "whsec_abcdefghijk",
            "sk_live_51H abcdefg",
            "sk",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
        assert!(
            create_key_url(false)
                .starts_with("https://dashboard.stripe.com/test/apikeys/create?name=Rekomi+payouts&permissions")
        );
    }
}
