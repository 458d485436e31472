//! Describes to an affiliate what Stripe needs before it pays them.

use payout_core::stripe::account::{
    Need, When,
    item::{Item, What, Whose},
};
use shared::timestamp::Timestamp;

use kit::text::Texts;

/// `Stripe needs your date of birth. This is overdue.`
pub fn sentence(t: Texts, need: &Need) -> String {
    let by = need.by.and_then(|by| Timestamp::from_seconds(by).ok());
    let text = match (need.when, by) {
        (When::Overdue, _) => t.say("common-stripe-needs-overdue"),
        (When::Now, Some(by)) => t.say("common-stripe-needs-by").with("day", t.date(by)),
        (When::Now, None) => t.say("common-stripe-needs"),
        (When::Later, _) => t.say("common-stripe-needs-later"),
        (When::Checking, _) => t.say("common-stripe-checks"),
    };
    let sentence = text.with("what", what(t, &need.what));
    match &need.problem {
        // In Stripe's own words.
        Some(problem) => format!("{sentence} {problem}"),
        None => sentence.to_string(),
    }
}

fn what(t: Texts, what: &What) -> String {
    let item = match what.item {
        Item::Other => what.detail.clone(),
        item => t.say(key(item)).with("detail", &what.detail).to_string(),
    };
    let text = match what.whose {
        // A document's own name says whose it is.
        _ if what.item == Item::Document => return item,
        Whose::Theirs => return item,
        Whose::Company => t.say("common-stripe-of-company"),
        Whose::Representative => t.say("common-stripe-of-representative"),
        Whose::Owner => t.say("common-stripe-of-owner"),
        Whose::Director => t.say("common-stripe-of-director"),
    };
    text.with("what", item).to_string()
}

const fn key(item: Item) -> &'static str {
    match item {
        Item::Name => "common-stripe-item-name",
        Item::DateOfBirth => "common-stripe-item-date-of-birth",
        Item::EmailAddress => "common-stripe-item-email-address",
        Item::PhoneNumber => "common-stripe-item-phone-number",
        Item::IdNumber => "common-stripe-item-id-number",
        Item::Ssn => "common-stripe-item-ssn",
        Item::Nationality => "common-stripe-item-nationality",
        Item::PublicOffice => "common-stripe-item-public-office",
        Item::OtherNames => "common-stripe-item-other-names",
        Item::Gender => "common-stripe-item-gender",
        Item::NameInKana => "common-stripe-item-name-in-kana",
        Item::NameInKanji => "common-stripe-item-name-in-kanji",
        Item::TaxNumber => "common-stripe-item-tax-number",
        Item::VatNumber => "common-stripe-item-vat-number",
        Item::RegistrationNumber => "common-stripe-item-registration-number",
        Item::LegalStructure => "common-stripe-item-legal-structure",
        Item::Owners => "common-stripe-item-owners",
        Item::Directors => "common-stripe-item-directors",
        Item::Executives => "common-stripe-item-executives",
        Item::Ownership => "common-stripe-item-ownership",
        Item::IdentityDocument => "common-stripe-item-identity-document",
        Item::RegistrationDocument => "common-stripe-item-registration-document",
        Item::ProofOfAddress => "common-stripe-item-proof-of-address",
        Item::Selfie => "common-stripe-item-selfie",
        Item::JobTitle => "common-stripe-item-job-title",
        Item::OwnershipPercentage => "common-stripe-item-ownership-percentage",
        Item::Role => "common-stripe-item-role",
        Item::AddressInJapanese => "common-stripe-item-address-in-japanese",
        Item::Address => "common-stripe-item-address",
        Item::BankAccount => "common-stripe-item-bank-account",
        Item::AccountType => "common-stripe-item-account-type",
        Item::LineOfBusiness => "common-stripe-item-line-of-business",
        Item::Website => "common-stripe-item-website",
        Item::BusinessDescription => "common-stripe-item-business-description",
        Item::SupportPhone => "common-stripe-item-support-phone",
        Item::BusinessName => "common-stripe-item-business-name",
        Item::AnnualRevenue => "common-stripe-item-annual-revenue",
        Item::SupportContact => "common-stripe-item-support-contact",
        Item::Terms => "common-stripe-item-terms",
        Item::StatementName => "common-stripe-item-statement-name",
        Item::Document | Item::Other => "common-stripe-item-document",
    }
}

#[cfg(test)]
mod tests {
    use kit::text::Language;

    use super::*;

    fn need(whose: Whose, item: Item, when: When) -> Need {
        let what = What { whose, item, detail: "proof of registration".to_owned() };
        Need { what, when, by: None, problem: Some("It has expired.".to_owned()), fields: Vec::new() }
    }

    #[test]
    fn english_is_what_the_api_says() {
        for item in Item::ALL {
            for (whose, when) in [
                (Whose::Theirs, When::Overdue),
                (Whose::Company, When::Now),
                (Whose::Representative, When::Later),
                (Whose::Owner, When::Checking),
                (Whose::Director, When::Now),
            ] {
                let need = need(whose, *item, when);
                assert_eq!(sentence(Texts::default(), &need), need.to_affiliate());
            }
        }
    }

    #[test]
    fn an_affiliate_reads_it_in_their_language() {
        let german = sentence(Texts::new(Language::De), &need(Whose::Company, Item::TaxNumber, When::Now));
        assert_eq!(german, "Stripe benötigt noch: Steuernummer (Unternehmen). It has expired.");
    }
}
