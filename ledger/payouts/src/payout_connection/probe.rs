//! Finds out whose account a key belongs to and which permissions it has, by calls that change nothing.

use axum::http::StatusCode;
use futures_util::future::join_all;
use payout_core::stripe::{
    Answer, StripeError,
    account::{self, Account},
    balance::{self, Balance},
    permission::{self, Finding, Permission},
};
use serde_json::json;
use shared::seal::Secret;

use super::{client, fault, store::Grant};
use kit::{
    error::{Code, Error},
    state::AppState,
};

/// What was found about a suitable key.
#[derive(Debug)]
pub struct Found {
    pub account: Account,
    /// Every permission that could be determined; the required ones are all granted.
    pub grants: Vec<Grant>,
    pub balance: Option<Balance>,
}

/// Why a key isn't suitable.
#[derive(Debug)]
pub enum Unfit {
    /// Stripe's message.
    KeyRefused(String),
    /// Required permissions that are missing.
    Missing(Vec<Permission>),
    NoConnect,
    /// It can't be determined now; the cause.
    Unknown(String),
}

pub async fn probe(state: &AppState, key: &Secret) -> Result<Found, Unfit> {
    let probes = Permission::ALL.into_iter().filter_map(|permission| Some((permission, permission.probe()?)));
    let requested = probes.map(|(permission, call)| async move { (permission, client::call(state, key, &call).await) });
    judge(join_all(requested).await)
}

fn judge(answers: Vec<(Permission, Result<Answer, StripeError>)>) -> Result<Found, Unfit> {
    let (mut grants, mut missing, mut error) = (Vec::new(), Vec::new(), None);
    let (mut own, mut funds, mut no_connect) = (None, None, false);
    for (permission, answer) in answers {
        let finding = match &answer {
            Ok(answer) => permission::finding(answer),
            Err(_) => Finding::Unknown,
        };
        let granted = match finding {
            Finding::KeyRefused(message) => return Err(Unfit::KeyRefused(message)),
            Finding::NoConnect => {
                no_connect = true;
                continue;
            }
            Finding::Unknown if permission.is_required() => {
                error = Some(format!("{} couldn\u{2019}t be tested: {answer:?}", permission.as_str()));
                continue;
            }
            Finding::Unknown => continue,
            Finding::Granted => true,
            Finding::Missing => {
                if permission.is_required() {
                    missing.push(permission);
                }
                false
            }
        };
        grants.push(Grant { permission: permission.as_str().to_owned(), granted });
        match (permission, answer) {
            (Permission::OwnAccountRead, Ok(answer)) => own = account::read(&answer).ok(),
            (Permission::BalanceRead, Ok(answer)) => funds = balance::read(&answer).ok(),
            _ => {}
        }
    }
    if !missing.is_empty() {
        return Err(Unfit::Missing(missing));
    }
    if no_connect {
        return Err(Unfit::NoConnect);
    }
    match (error, own) {
        (None, Some(account)) => Ok(Found { account, grants, balance: funds }),
        (Some(why), _) => Err(Unfit::Unknown(why)),
        (None, None) => Err(Unfit::Unknown("Stripe returned no account details".to_owned())),
    }
}

impl Unfit {
    /// Returns a pause's code and reason, if only the brand can fix it.
    pub fn pause(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Self::KeyRefused(_) => (fault::KEY_REFUSED, self.words()),
            Self::Missing(_) => (fault::MISSING_PERMISSIONS, self.words()),
            Self::NoConnect => ("no_connect", self.words()),
            Self::Unknown(_) => return None,
        })
    }

    /// The message for people, with what to do.
    pub fn words(&self) -> String {
        match self {
            Self::KeyRefused(text) => format!("Stripe rejected this API key: {}", text.trim()),
            Self::Missing(permissions) => {
                let lines: Vec<String> =
                    permissions.iter().map(|one| format!("{}. {}", one.title(), one.without())).collect();
                format!(
                    "The key is missing {} permission{}. In Stripe, open Developers, API keys, edit the key and add: \
                     {}",
                    permissions.len(),
                    if permissions.len() == 1 { "" } else { "s" },
                    lines.join(" \u{2022} ")
                )
            }
            Self::NoConnect => "This Stripe account isn\u{2019}t signed up for Connect yet. Open \
                                dashboard.stripe.com/connect, choose Get started, tell Stripe that you pay out to \
                                others, and complete the platform profile. Then paste the key again."
                .to_owned(),
            Self::Unknown(_) => fault::unavailable("a test request").body().message.clone(),
        }
    }

    /// 422 `stripe_refused`, `missing_permissions` (with `missing`, one by one) or `no_connect`; 503
    /// `stripe_unavailable`.
    pub fn error(&self) -> Error {
        let refuse = |code: Code| Error::new(StatusCode::UNPROCESSABLE_ENTITY, code, self.words()).with_field("apiKey");
        match self {
            Self::KeyRefused(_) => refuse(Code::StripeRefused),
            Self::NoConnect => refuse(Code::NoConnect),
            Self::Missing(permissions) => {
                let missing: Vec<_> = permissions
                    .iter()
                    .map(|one| json!({"permission": one.as_str(), "title": one.title(), "without": one.without()}))
                    .collect();
                refuse(Code::MissingPermissions).with(json!({"missing": missing}))
            }
            Self::Unknown(why) => fault::unavailable(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &serde_json::Value) -> Answer {
        Answer { status, body: body.to_string().into_bytes(), ..Answer::default() }
    }

    fn lacking(permission: Permission) -> Answer {
        let message =
            format!("Having the '{}' permission would allow this request to continue.", permission.stripe_name());
        answer(403, &json!({"error": {"type": "invalid_request_error", "message": message}}))
    }

    /// Successful answers, except for the given ones.
    fn answers(but: &[(Permission, Result<Answer, StripeError>)]) -> Vec<(Permission, Result<Answer, StripeError>)> {
        let usual = |permission| match permission {
            Permission::OwnAccountRead => answer(200, &json!({"id": "acct_1", "country": "US"})),
            Permission::BalanceRead => answer(200, &json!({"available": [], "pending": []})),
            _ => answer(400, &json!({"error": {"message": "Received unknown parameter", "code": "parameter_unknown"}})),
        };
        let text = |permission| but.iter().find(|(one, _)| *one == permission).map(|(_, answer)| answer.clone());
        Permission::ALL.into_iter().map(|one| (one, text(one).unwrap_or_else(|| Ok(usual(one))))).collect()
    }

    #[test]
    fn every_missing_permission_is_named() {
        let (transfers, links) = (Permission::TransfersWrite, Permission::AccountLinksWrite);
        let found = judge(answers(&[(transfers, Ok(lacking(transfers))), (links, Ok(lacking(links)))]));
        let error = found.unwrap_err().error();
        assert_eq!((error.status().as_u16(), error.body().code.as_str()), (422, "missing_permissions"));
        for part in [transfers.title(), links.title(), "2 permissions"] {
            assert!(error.body().message.contains(part), "{part} in {}", error.body().message);
        }
    }

    #[test]
    fn an_optional_one_may_be_missing() {
        let webhooks = Permission::WebhookEndpointsWrite;
        let found = judge(answers(&[(webhooks, Ok(lacking(webhooks)))])).unwrap();
        assert!(found.grants.contains(&Grant { permission: webhooks.as_str().to_owned(), granted: false }));
        assert_eq!((found.account.id.as_str(), found.balance.is_some()), ("acct_1", true));
    }

    #[test]
    fn trouble_is_no_verdict() {
        let silent = [(Permission::TransfersRead, Err(StripeError::silence("timeout")))];
        let unfit = judge(answers(&silent)).unwrap_err();
        assert!(unfit.pause().is_none() && unfit.error().status() == 503);
        let refused = answer(401, &json!({"error": {"message": "Invalid API Key provided: rk_test_***"}}));
        let unfit = judge(answers(&[(Permission::BalanceRead, Ok(refused))])).unwrap_err();
        assert_eq!((unfit.error().status().as_u16(), unfit.pause().unwrap().0), (422, "key_refused"));
        let silent = [(Permission::BankPayoutsRead, Err(StripeError::silence("timeout")))];
        assert!(judge(answers(&silent)).is_ok(), "what is optional isn\u{2019}t waited for");
    }
}
