//! What happens at Stripe without being asked by API: what its people, its other users, banks and clocks do.

use std::collections::BTreeMap;

use super::{
    Account, Delivered, Endpoint, PLATFORM, Platform, Post, StripeConnect, Transfer, account::create, bank,
    endpoint::event,
};

/// Whether a request that is answered with 500 was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    None,
    Done,
}

impl StripeConnect {
    /// The first platform, in the United States.
    pub fn platform(&mut self) -> &mut Platform {
        self.platform_of(PLATFORM)
    }

    /// # Panics
    /// Where there is none.
    pub fn platform_of(&mut self, id: &str) -> &mut Platform {
        self.platforms.get_mut(id).unwrap_or_else(|| panic!("there is no platform {id}"))
    }

    /// One more brand, with a key that may do everything.
    pub fn add_platform(&mut self, id: &str, key: &str, country: &str, currency: &str) {
        self.platforms.insert(id.to_owned(), Platform::new(id, "Another brand", country, currency));
        let key = super::Key { text: key.to_owned(), platform: id.to_owned(), permissions: None };
        self.keys.push(key);
    }

    pub fn transfers(&mut self) -> Vec<Transfer> {
        self.platform().transfers.clone()
    }

    pub fn endpoints(&mut self) -> Vec<Endpoint> {
        self.platform().endpoints.clone()
    }

    pub(super) fn find(&mut self, account: &str) -> Option<&mut Account> {
        self.platforms.values_mut().find_map(|platform| platform.accounts.get_mut(account))
    }

    /// # Panics
    /// Where there is none.
    pub fn account(&mut self, id: &str) -> &mut Account {
        self.find(id).unwrap_or_else(|| panic!("there is no account {id}"))
    }

    pub fn accounts(&mut self) -> BTreeMap<String, Account> {
        self.platform().accounts.clone()
    }

    /// The account that was created for an affiliate of ours, by our own id of them.
    pub fn account_of(&mut self, affiliate: &str) -> Option<Account> {
        let all = self.platforms.values().flat_map(|platform| platform.accounts.values());
        all.filter(|one| one.metadata.get("rekomi_affiliate").is_some_and(|id| id == affiliate))
            .max_by_key(|one| (one.created, one.id.clone()))
            .cloned()
    }

    /// An account of the first platform that can be paid, as if it had gone through everything.
    ///
    /// # Panics
    /// Where Stripe wouldn't create it.
    pub fn ready_account(&mut self, country: &str, agreement: &str) -> String {
        let id = self.id("acct");
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut form = vec![
            field("type", "express"),
            field("country", country),
            field("capabilities[transfers][requested]", "true"),
            field("tos_acceptance[service_agreement]", agreement),
        ];
        if country == "US" {
            form.push(field("capabilities[card_payments][requested]", "true"));
        }
        let now = self.now();
        let made = create(self.platform(), &form, id.clone(), now);
        assert_eq!(made.0, 200, "{}", made.1);
        self.complete(&id);
        id
    }

    /// In Stripe's units, of the first platform.
    pub fn set_balance(&mut self, currency: &str, amount: i64) {
        self.set_balance_of(PLATFORM, currency, amount);
    }

    pub fn set_balance_of(&mut self, platform: &str, currency: &str, amount: i64) {
        self.platform_of(platform).available.insert(currency.to_ascii_lowercase(), amount);
        let balance = self.platform_of(platform).balance();
        self.notify(platform, "balance.available", &balance, None);
    }

    /// What becomes available later.
    pub fn set_pending(&mut self, currency: &str, amount: i64) {
        self.platform().pending.insert(currency.to_ascii_lowercase(), amount);
    }

    /// The person told everything, and Stripe is content.
    pub fn complete(&mut self, account: &str) {
        self.change(account, Account::complete);
    }

    /// Someone in the account's dashboard named another bank account; only its own event tells of it.
    pub fn change_bank(&mut self, account: &str, bank: &str) {
        self.account(account).bank = Some(bank.to_owned());
        let Some(found) = self.find(account) else { return };
        let shown = found.shown()["external_accounts"]["data"][0].clone();
        let home = self.home(account);
        self.notify(&home, "account.external_account.updated", &shown, Some(account));
    }

    /// Someone named a bank account that Stripe knows by this fingerprint, perhaps from another account.
    pub fn change_bank_to(&mut self, account: &str, bank: &str, fingerprint: &str) {
        self.account(account).fingerprint = Some(fingerprint.to_owned());
        self.change_bank(account, bank);
    }

    /// The person told these; once nothing is left, Stripe is content.
    pub fn give(&mut self, account: &str, fields: &[&str]) {
        self.change(account, |one| one.give(fields));
    }

    /// Stripe needs these, and pays nothing until it has them.
    pub fn require(&mut self, account: &str, fields: &[&str]) {
        self.change(account, |one| one.require(fields));
    }

    /// Stripe needs these by a time (Unix seconds), and pays until then.
    pub fn require_by(&mut self, account: &str, fields: &[&str], deadline: i64) {
        self.change(account, |one| {
            one.currently_due.extend(fields.iter().map(|field| (*field).to_owned()));
            one.deadline = Some(deadline);
        });
    }

    /// The person told everything, and Stripe looks at this.
    pub fn check(&mut self, account: &str, field: &str) {
        self.change(account, |one| one.check(field));
    }

    /// Stripe closes the account for good.
    pub fn close(&mut self, account: &str) {
        self.change(account, Account::close);
    }

    /// The account can't receive transfers, though nothing is due.
    pub fn stop_transfers(&mut self, account: &str) {
        self.change(account, |one| {
            one.capabilities.insert("transfers".to_owned(), "inactive".to_owned());
        });
    }

    /// The affiliate leaves the platform: its keys don't reach the account any more.
    pub fn deauthorize(&mut self, account: &str) {
        let platform = self.home(account);
        let object = serde_json::json!({"id": "ca_StandIn", "object": "application", "name": null});
        self.platform_of(&platform).accounts.remove(account);
        self.notify(&platform, "account.application.deauthorized", &object, Some(account));
    }

    /// Somebody at the brand, or Stripe, takes a transfer back, or a part of it.
    ///
    /// # Panics
    /// Where Stripe wouldn't.
    pub fn reverse(&mut self, transfer: &str, amount: Option<i64>) {
        let (id, now) = (self.id("trr"), self.now());
        let has = |platform: &&mut Platform| platform.transfers.iter().any(|one| one.id == transfer);
        let platform = self.platforms.values_mut().find(has).expect("there is no such transfer");
        let form: Vec<(String, String)> =
            amount.map(|amount| ("amount".to_owned(), amount.to_string())).into_iter().collect();
        let done = super::transfer::reverse(platform, transfer, &form, id, now);
        assert_eq!(done.0, 200, "{}", done.1);
        self.report_reversal(transfer);
    }

    /// Stripe pays what was transferred on to the affiliate's bank; the payout's id, where there was something.
    pub fn pay_bank(&mut self, account: &str) -> Option<String> {
        self.pays_bank(account, None)
    }

    /// Stripe pays on, and the bank refuses it (`account_closed`, `no_account`, …).
    pub fn fail_bank_payout(&mut self, account: &str, code: &str) -> Option<String> {
        self.pays_bank(account, Some(code))
    }

    fn pays_bank(&mut self, account: &str, failure: Option<&str>) -> Option<String> {
        let (id, now, home) = (self.id("po"), self.now(), self.home(account));
        let payout = bank::pay(self.platform_of(&home), account, failure, id, now)?;
        let kind = if failure.is_some() { "payout.failed" } else { "payout.paid" };
        self.notify(&home, kind, &payout.shown(), Some(account));
        Some(payout.id)
    }

    /// Moves its clock: keys are forgotten after a day.
    pub fn advance_hours(&mut self, hours: i64) {
        self.ahead += hours * 3_600;
    }

    /// The next request that begins so (`POST /v1/transfers`) is answered with 500, which is kept under its key.
    pub fn stores_500(&mut self, request: &str, effect: Effect) {
        self.upsets.push((request.to_owned(), effect));
    }

    /// A request under this key is under way until it is released.
    pub fn hold_key(&mut self, key: &str) {
        self.platform().replies.running.insert(key.to_owned());
    }

    pub fn release_key(&mut self, key: &str) {
        self.platform().replies.running.remove(key);
    }

    /// How many calls a second it takes from now on; None: all.
    pub fn limit(&mut self, calls: Option<usize>) {
        self.limit = calls;
    }

    /// The key is deleted.
    pub fn revoke(&mut self, key: &str) {
        self.keys.retain(|one| one.text != key);
    }

    /// A key that may do everything again.
    pub fn restore_key(&mut self, key: &str, platform: &str) {
        self.revoke(key);
        self.keys.push(super::Key { text: key.to_owned(), platform: platform.to_owned(), permissions: None });
    }

    /// What a key may do from now on.
    pub fn permit(&mut self, key: &str, permissions: &[&str]) {
        let found = self.keys.iter_mut().find(|one| one.text == key).expect("there is no such key");
        found.permissions = Some(permissions.iter().map(|one| (*one).to_owned()).collect());
    }

    /// How events are brought from now on.
    pub fn post(&mut self, how: Post) {
        self.courier.post = how;
    }

    /// Nobody is told of what happens here.
    pub fn quietly<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let post = std::mem::replace(&mut self.courier.post, Post::Off);
        let done = act(self);
        self.courier.post = post;
        done
    }

    /// Every try to bring an event so far.
    pub fn delivered(&self) -> Vec<Delivered> {
        self.courier.delivered()
    }

    /// Says `account.updated` anew, though nothing changed.
    pub fn repeat_account(&mut self, account: &str) {
        self.report_account(account);
    }

    fn home(&self, account: &str) -> String {
        let has = |platform: &&Platform| platform.accounts.contains_key(account);
        self.platforms.values().find(has).unwrap_or_else(|| panic!("there is no account {account}")).id.clone()
    }

    fn change(&mut self, account: &str, how: impl FnOnce(&mut Account)) {
        how(self.account(account));
        self.report_account(account);
    }

    pub(super) fn report_account(&mut self, account: &str) {
        let Some(found) = self.find(account) else { return };
        let (shown, capability) = (found.shown(), found.capability("transfers"));
        let home = self.home(account);
        self.notify(&home, "account.updated", &shown, Some(account));
        self.notify(&home, "capability.updated", &capability, Some(account));
    }

    pub(super) fn report_reversal(&mut self, transfer: &str) {
        let all = self.platforms.values();
        let found = all.flat_map(|one| one.transfers.iter().map(move |transfer| (one.id.clone(), transfer)));
        let found = found.into_iter().find(|(_, one)| one.id == transfer).map(|(home, one)| (home, one.shown()));
        if let Some((home, shown)) = found {
            self.notify(&home, "transfer.reversed", &shown, None);
        }
    }

    fn notify(&mut self, platform: &str, kind: &str, object: &serde_json::Value, account: Option<&str>) {
        let number = self.next();
        let event = event(number, kind, object, account, self.now()).to_string();
        for endpoint in self.platforms[platform].endpoints.iter().filter(|one| one.wants(kind, account.is_some())) {
            self.courier.send(&endpoint.url, &endpoint.secret, kind, &event);
        }
    }
}
