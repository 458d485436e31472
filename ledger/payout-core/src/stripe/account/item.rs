//! The things that Stripe asks for, by the names of its fields, which are an open list.

use std::fmt;

/// One of the things, and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct What {
    pub whose: Whose,
    pub item: Item,
    /// Of [`Item::Document`] and [`Item::Other`]: Stripe's own name of it, made readable.
    pub detail: String,
}

/// Whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Theirs,
    Company,
    Representative,
    Owner,
    Director,
}

macro_rules! items {
    ($($(#[$doc:meta])* $item:ident $words:literal),* $(,)?) => {
        /// A thing that Stripe asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Item {
            $($(#[$doc])* $item),*
        }

        impl Item {
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// Its name in English, without an article.
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$item => $words),*
                }
            }
        }
    };
}

items! {
    Name "name",
    DateOfBirth "date of birth",
    EmailAddress "email address",
    PhoneNumber "phone number",
    IdNumber "national ID or tax number",
    Ssn "SSN (last four digits)",
    Nationality "nationality",
    PublicOffice "answer about holding public office",
    OtherNames "other names, if any",
    Gender "gender",
    NameInKana "name in kana",
    NameInKanji "name in kanji",
    TaxNumber "tax number",
    VatNumber "VAT number",
    RegistrationNumber "registration number",
    LegalStructure "legal structure",
    Owners "list of owners",
    Directors "list of directors",
    Executives "list of executives",
    Ownership "ownership declaration",
    IdentityDocument "identity document",
    RegistrationDocument "registration document",
    ProofOfAddress "proof of address",
    Selfie "selfie",
    JobTitle "job title",
    OwnershipPercentage "ownership percentage",
    Role "role in the company",
    AddressInJapanese "address in Japanese",
    Address "address",
    BankAccount "bank account",
    AccountType "account type (individual or company)",
    LineOfBusiness "line of business",
    Website "website or profile page",
    BusinessDescription "description of the business",
    SupportPhone "support phone number",
    BusinessName "business name",
    AnnualRevenue "annual revenue",
    SupportContact "support contact",
    Terms "acceptance of Stripe\u{2019}s terms",
    StatementName "name on bank statements",
    /// A document that Stripe names itself.
    Document "document",
    /// Anything else.
    Other "",
}

impl What {
    pub fn of_field(field: &str) -> Self {
        let (whose, rest) = subject(field);
        let known = |item| Self { whose, item, detail: String::new() };
        let item = match personal(rest) {
            Some(Item::IdentityDocument) if whose == Whose::Company => return known(Item::RegistrationDocument),
            Some(item) => return known(item),
            None => of_business(field),
        };
        match item {
            Item::Document | Item::Other => Self { whose, item, detail: readable(rest) },
            item => known(item),
        }
    }
}

/// `company's tax number`.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            Item::Document => write!(f, "{}: {}", self.item.words(), self.detail),
            Item::Other => write!(f, "{}{}", self.whose.before(), self.detail),
            item => write!(f, "{}{}", self.whose.before(), item.words()),
        }
    }
}

impl Whose {
    const fn before(self) -> &'static str {
        match self {
            Self::Theirs => "",
            Self::Company => "company\u{2019}s ",
            Self::Representative => "representative\u{2019}s ",
            Self::Owner => "owner\u{2019}s ",
            Self::Director => "director\u{2019}s ",
        }
    }
}

/// What a field of a person or a company is.
fn personal(rest: &str) -> Option<Item> {
    let item = match rest {
        "first_name" | "last_name" | "name" => Item::Name,
        "dob.day" | "dob.month" | "dob.year" | "dob" => Item::DateOfBirth,
        "email" => Item::EmailAddress,
        "phone" => Item::PhoneNumber,
        "id_number" | "id_number_secondary" => Item::IdNumber,
        "ssn_last_4" => Item::Ssn,
        "nationality" => Item::Nationality,
        "political_exposure" => Item::PublicOffice,
        "full_name_aliases" => Item::OtherNames,
        "gender" => Item::Gender,
        "name_kana" | "first_name_kana" | "last_name_kana" => Item::NameInKana,
        "name_kanji" | "first_name_kanji" | "last_name_kanji" => Item::NameInKanji,
        "tax_id" => Item::TaxNumber,
        "vat_id" => Item::VatNumber,
        "registration_number" => Item::RegistrationNumber,
        "structure" => Item::LegalStructure,
        "owners_provided" => Item::Owners,
        "directors_provided" => Item::Directors,
        "executives_provided" => Item::Executives,
        "ownership_declaration" | "ownership_exemption_reason" => Item::Ownership,
        "verification.document" | "verification.document.front" | "verification.document.back" => {
            Item::IdentityDocument
        }
        "verification.additional_document" | "verification.additional_document.front" => Item::ProofOfAddress,
        "verification.proof_of_liveness" => Item::Selfie,
        "relationship.title" => Item::JobTitle,
        "relationship.percent_ownership" => Item::OwnershipPercentage,
        "relationship.owner" | "relationship.director" | "relationship.executive" | "relationship.representative" => {
            Item::Role
        }
        other if other.starts_with("address_kan") => Item::AddressInJapanese,
        other if other.starts_with("address") || other.starts_with("registered_address") => Item::Address,
        _ => return None,
    };
    Some(item)
}

/// What a field of the account is.
fn of_business(field: &str) -> Item {
    match field {
        "external_account" => Item::BankAccount,
        "business_type" => Item::AccountType,
        "business_profile.mcc" => Item::LineOfBusiness,
        "business_profile.url" => Item::Website,
        "business_profile.product_description" => Item::BusinessDescription,
        "business_profile.support_phone" => Item::SupportPhone,
        "business_profile.name" => Item::BusinessName,
        _ if field.starts_with("business_profile.annual_revenue") => Item::AnnualRevenue,
        _ if field.starts_with("business_profile.support") => Item::SupportContact,
        _ if field.starts_with("tos_acceptance") => Item::Terms,
        _ if field.starts_with("settings.") && field.contains("statement_descriptor") => Item::StatementName,
        _ if field.starts_with("documents.") || field.starts_with("interv_") => Item::Document,
        _ => Item::Other,
    }
}

/// Splits a field into its subject and the rest of its name.
fn subject(field: &str) -> (Whose, &str) {
    let Some((first, rest)) = field.split_once('.') else { return (Whose::Theirs, field) };
    match first {
        "individual" => (Whose::Theirs, rest),
        "company" => (Whose::Company, rest),
        "representative" => (Whose::Representative, rest),
        "owners" => (Whose::Owner, rest),
        "directors" | "executives" => (Whose::Director, rest),
        _ if first.starts_with("person_") => (Whose::Representative, rest),
        _ if first.starts_with("interv_") || first == "documents" => (Whose::Theirs, rest),
        _ => (Whose::Theirs, field),
    }
}

/// Formats `a.b_c` as `a b c`, without ids.
pub(super) fn readable(name: &str) -> String {
    let is_id = |part: &&str| !part.chars().any(|character| character.is_ascii_digit()) || part.len() <= 4;
    name.split(['.', '_'])
        .filter(|part| !part.is_empty())
        .filter(is_id)
        .collect::<Vec<_>>()
        .join(" ")
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_words() {
        for (field, words) in [
            ("individual.dob.day", "date of birth"),
            ("individual.address.postal_code", "address"),
            ("individual.ssn_last_4", "SSN (last four digits)"),
            ("external_account", "bank account"),
            ("tos_acceptance.date", "acceptance of Stripe\u{2019}s terms"),
            ("company.tax_id", "company\u{2019}s tax number"),
            ("company.verification.document", "company\u{2019}s registration document"),
            ("person_1Mqjy2RjZ2.dob.year", "representative\u{2019}s date of birth"),
            ("directors.first_name", "director\u{2019}s name"),
            ("settings.payments.statement_descriptor", "name on bank statements"),
            (
                "documents.bank_account_ownership_verification.files",
                "document: bank account ownership verification files",
            ),
            ("individual.some_new_thing", "some new thing"),
            ("brand_new.field", "brand new field"),
            ("interv_1PabcXYZ123.other_supporting_documents.support", "document: other supporting documents support"),
        ] {
            assert_eq!(What::of_field(field).to_string(), words, "{field}");
        }
    }
}
