//! Affiliates' accounts: what they are created with, what Stripe asks of them until they can be paid, and how they look.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    super::Answer,
    country,
    platform::Platform,
    refusal,
    schema::{metadata, one},
};

const PERSON: [&str; 9] = [
    "individual.first_name",
    "individual.last_name",
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.address.line1",
    "individual.address.city",
    "individual.address.postal_code",
    "individual.email",
];
const COMPANY: [&str; 8] = [
    "company.name",
    "company.tax_id",
    "company.address.line1",
    "company.address.city",
    "company.address.postal_code",
    "company.owners_provided",
    "representative.first_name",
    "representative.last_name",
];
const EVERYBODY: [&str; 3] = ["external_account", "tos_acceptance.date", "tos_acceptance.ip"];

/// An account as Stripe keeps it.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: String,
    pub country: String,
    pub email: Option<String>,
    pub entity: String,
    /// `full` or `recipient`.
    pub agreement: String,
    /// The names of the capabilities that were requested, and `active`, `inactive` or `pending`.
    pub capabilities: BTreeMap<String, String>,
    pub details_submitted: bool,
    pub payouts_enabled: bool,
    pub currently_due: Vec<String>,
    pub eventually_due: Vec<String>,
    pub past_due: Vec<String>,
    pub pending_verification: Vec<String>,
    /// `{"code", "reason", "requirement"}`.
    pub errors: Vec<Value>,
    pub disabled_reason: Option<String>,
    /// Unix seconds.
    pub deadline: Option<i64>,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
    /// The bank account behind it, once the person named one: `ba_…`.
    pub bank: Option<String>,
    /// What Stripe knows it by, in any account; without one, no other account has it.
    pub fingerprint: Option<String>,
    /// By currency, in Stripe's units: what was transferred and not paid to a bank.
    pub balance: BTreeMap<String, i64>,
    /// Links to its onboarding that weren't opened, and until when they hold.
    pub(super) links: BTreeMap<String, Link>,
}

#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) expires_at: i64,
    pub(super) refresh_url: String,
    pub(super) return_url: String,
    pub(super) was_opened: bool,
}

impl Account {
    /// Everything is told, and Stripe is content.
    pub(super) fn complete(&mut self) {
        for list in
            [&mut self.currently_due, &mut self.eventually_due, &mut self.past_due, &mut self.pending_verification]
        {
            list.clear();
        }
        self.errors.clear();
        self.disabled_reason = None;
        self.deadline = None;
        self.details_submitted = true;
        self.payouts_enabled = true;
        self.capabilities.values_mut().for_each(|status| "active".clone_into(status));
        self.bank.get_or_insert_with(|| format!("ba_{}6789", self.id.trim_start_matches("acct_")));
    }

    /// The person told these, or everything where none is named.
    pub(super) fn give(&mut self, fields: &[&str]) {
        let is_left = |field: &String| !fields.is_empty() && !fields.contains(&field.as_str());
        for list in [&mut self.currently_due, &mut self.eventually_due, &mut self.past_due] {
            list.retain(is_left);
        }
        self.errors.retain(|error| is_left(&error["requirement"].as_str().unwrap_or_default().to_owned()));
        if self.currently_due.is_empty() && self.past_due.is_empty() {
            self.complete();
        }
    }

    /// The person went through the form and left this open.
    pub(super) fn leave_open(&mut self, fields: &[&str]) {
        self.give(&[]);
        self.require(fields);
    }

    /// Stripe needs these, and pays nothing until it has them.
    pub(super) fn require(&mut self, fields: &[&str]) {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        self.currently_due.extend(fields.iter().cloned());
        self.past_due.extend(fields.iter().cloned());
        self.eventually_due.extend(fields);
        self.payouts_enabled = false;
        self.disabled_reason = Some("requirements.past_due".to_owned());
        self.capabilities.values_mut().for_each(|status| "inactive".clone_into(status));
    }

    /// Stripe looks at what was given.
    pub(super) fn check(&mut self, field: &str) {
        self.complete();
        self.payouts_enabled = false;
        self.pending_verification = vec![field.to_owned()];
        self.disabled_reason = Some("requirements.pending_verification".to_owned());
        self.capabilities.values_mut().for_each(|status| "pending".clone_into(status));
    }

    /// For good.
    pub(super) fn close(&mut self) {
        self.payouts_enabled = false;
        self.disabled_reason = Some("rejected.other".to_owned());
        self.capabilities.values_mut().for_each(|status| "inactive".clone_into(status));
    }

    pub fn is_closed(&self) -> bool {
        self.disabled_reason.as_deref().is_some_and(|reason| reason.starts_with("rejected."))
    }

    pub fn can_receive(&self) -> bool {
        self.capabilities.get("transfers").is_some_and(|status| status == "active")
    }

    pub fn shown(&self) -> Value {
        let agreed = if self.agreement == "full" {
            json!({"date": null, "ip": null, "user_agent": null})
        } else {
            json!({"date": null, "ip": null, "user_agent": null, "service_agreement": self.agreement})
        };
        let requirements = json!({
            "alternatives": [], "current_deadline": self.deadline, "currently_due": self.currently_due,
            "disabled_reason": self.disabled_reason, "errors": self.errors, "eventually_due": self.eventually_due,
            "past_due": self.past_due, "pending_verification": self.pending_verification,
        });
        let banks: Vec<Value> = self.bank.iter().map(|bank| self.bank_account(bank)).collect();
        let url = format!("/v1/accounts/{}/external_accounts", self.id);
        json!({
            "external_accounts": {"object": "list", "data": banks, "has_more": false, "total_count": banks.len(), "url": url},
            "id": self.id, "object": "account", "type": "express", "country": self.country, "email": self.email,
            "business_type": self.entity, "business_profile": {"name": null, "mcc": null, "url": null},
            "capabilities": self.capabilities, "created": self.created, "details_submitted": self.details_submitted,
            "charges_enabled": self.payouts_enabled && self.capabilities.get("card_payments").is_some_and(|one| one == "active"),
            "payouts_enabled": self.payouts_enabled, "default_currency": country::currency(&self.country),
            "controller": {"fees": {"payer": "application"}, "is_controller": true, "losses": {"payments": "application"},
                "requirement_collection": "stripe", "stripe_dashboard": {"type": "express"}, "type": "application"},
            "future_requirements": {"currently_due": [], "errors": []}, "metadata": self.metadata,
            "requirements": requirements, "tos_acceptance": agreed,
            "settings": {"dashboard": {"display_name": null}, "payouts": {"debit_negative_balances": true,
                "schedule": {"delay_days": 2, "interval": "daily"}, "statement_descriptor": null}},
        })
    }

    fn bank_account(&self, id: &str) -> Value {
        let last4 = id.get(id.len().saturating_sub(4)..).unwrap_or_default();
        let fingerprint = self.fingerprint.clone().unwrap_or_else(|| format!("of{id}"));
        json!({"id": id, "object": "bank_account", "account": self.id, "fingerprint": fingerprint, "account_holder_name": null,
            "bank_name": "STRIPE TEST BANK", "country": self.country, "currency": country::currency(&self.country),
            "default_for_currency": true, "last4": last4, "status": "new"})
    }

    /// `{"object": "capability", …}`.
    pub(super) fn capability(&self, name: &str) -> Value {
        json!({"id": name, "object": "capability", "account": self.id, "requested": true,
            "status": self.capabilities.get(name).map_or("inactive", String::as_str)})
    }
}

/// `POST /v1/accounts`. What is wrong with the parameters is refused before anything else.
pub(super) fn create(platform: &mut Platform, form: &[(String, String)], id: String, now: i64) -> Answer {
    if !platform.has_connect {
        let message = "You can only create new accounts if you've signed up for Connect, which you can do at \
                       https://dashboard.stripe.com/connect.";
        return refusal::of(400, message).answer();
    }
    let text = |name: &str| one(form, name);
    let code = text("country").unwrap_or(&platform.country).to_owned();
    let agreement = text("tos_acceptance[service_agreement]").unwrap_or("full").to_owned();
    let requested: BTreeSet<&str> = form
        .iter()
        .filter(|(_, value)| value == "true")
        .filter_map(|(name, _)| name.strip_prefix("capabilities[")?.strip_suffix("][requested]"))
        .collect();
    if let Some(refused) = refused(platform, form, &code, &agreement, &requested) {
        return refused;
    }
    let entity = text("business_type").unwrap_or("individual").to_owned();
    let mut due: Vec<String> = if entity == "individual" { PERSON.to_vec() } else { COMPANY.to_vec() }
        .into_iter()
        .chain(EVERYBODY)
        .map(str::to_owned)
        .collect();
    match code.as_str() {
        "US" if entity == "individual" => due.push("individual.ssn_last_4".to_owned()),
        "BR" | "IN" | "MX" if entity == "individual" => due.push("individual.id_number".to_owned()),
        _ => {}
    }
    let account = Account {
        id: id.clone(),
        country: code,
        email: text("email").map(str::to_owned),
        entity,
        agreement,
        capabilities: requested.into_iter().map(|name| (name.to_owned(), "inactive".to_owned())).collect(),
        details_submitted: false,
        payouts_enabled: false,
        eventually_due: due.clone(),
        past_due: due.clone(),
        currently_due: due,
        pending_verification: Vec::new(),
        errors: Vec::new(),
        disabled_reason: Some("requirements.past_due".to_owned()),
        deadline: None,
        metadata: metadata(form),
        created: now,
        bank: None,
        fingerprint: None,
        balance: BTreeMap::new(),
        links: BTreeMap::new(),
    };
    let shown = account.shown();
    platform.accounts.insert(id, account);
    Answer(200, shown)
}

fn refused(
    platform: &Platform,
    form: &[(String, String)],
    code: &str,
    agreement: &str,
    requested: &BTreeSet<&str>,
) -> Option<Answer> {
    let text = |name: &str| one(form, name);
    let refuse = |message: String, param: &str| Some(refusal::of(400, &message).param(param).answer());
    let is_express = text("type") == Some("express");
    let controller = ["fees][payer", "losses][payments", "requirement_collection", "stripe_dashboard][type"]
        .map(|name| text(&format!("controller[{name}]")));
    if text("type").is_some() && controller.iter().any(Option::is_some) {
        return refuse("You may only specify one of these parameters: type, controller.".to_owned(), "controller");
    }
    if !is_express && controller != [Some("application"), Some("application"), Some("stripe"), Some("express")] {
        let message = "When `controller[stripe_dashboard][type]` is `express`, `controller[fees][payer]` and \
                       `controller[losses][payments]` must be `application`, and `controller[requirement_collection]` must be \
                       `stripe`.";
        return refuse(message.to_owned(), "controller");
    }
    if text("email").is_some_and(|email| !email.contains('@') || email.contains(' ')) {
        let message = format!("Invalid email address: {}", text("email").unwrap_or_default());
        return Some(refusal::of(400, &message).code("email_invalid").param("email").answer());
    }
    if !country::is_known(code) {
        let message = format!(
            "Country '{code}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', 'EG', or \
             'GB'. A full list of country codes is available at https://stripe.com/docs/connect/accounts."
        );
        return Some(refusal::of(400, &message).code("country_unsupported").param("country").answer());
    }
    match agreement {
        "recipient" if !country::has_recipients(&platform.country, code) => {
            let message = format!(
                "The `recipient` ToS agreement is not supported for platforms in {} creating accounts in {code}.",
                platform.country
            );
            return refuse(message, "tos_acceptance[service_agreement]");
        }
        "recipient" if requested.iter().any(|name| *name != "transfers") => {
            let message =
                "Accounts under the `recipient` service agreement can only request the `transfers` capability.";
            return refuse(message.to_owned(), "capabilities");
        }
        "full" if !country::has_full(code) => {
            let message = format!("The `full` service agreement is not supported for accounts in {code}.");
            return refuse(message, "tos_acceptance[service_agreement]");
        }
        "full" | "recipient" => {}
        other => return refuse(format!("Invalid service agreement: {other}"), "tos_acceptance[service_agreement]"),
    }
    let has_transfers_alone = requested.contains("transfers") && !requested.contains("card_payments");
    if agreement == "full" && code == "US" && has_transfers_alone {
        let message = "You cannot request the `transfers` capability without the `card_payments` capability for accounts in \
                       US. If this is a mistake, please visit https://support.stripe.com/contact.";
        return refuse(message.to_owned(), "capabilities");
    }
    if has_transfers_alone && !platform.is_approved {
        let message = "Your platform needs approval for accounts to have requested the `transfers` capability without the \
                       `card_payments` capability. If you would like to request transfers without card_payments, please \
                       contact us via https://support.stripe.com/contact.";
        return refuse(message.to_owned(), "capabilities");
    }
    None
}
