//! The forms as pages show them: sections of fields, with the entered values and their errors. Pure.

use payout_core::tax::{
    country,
    field::{Given, Mistake},
    form::Kind,
    w8bene::{CHAPTER_3, CHAPTER_4, LIMITATIONS},
    w9::Classification,
};

#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    /// Whether it is collapsed until someone needs it.
    pub(super) rare: bool,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) input: Input,
    pub(super) required: bool,
    pub(super) value: String,
    pub(super) problem: Option<String>,
}

#[derive(Debug)]
pub(super) enum Input {
    /// With the browser's autofill token.
    Text(&'static str),
    /// Never autofilled, never remembered.
    Number,
    Day,
    /// Value and label.
    Choice(Vec<(&'static str, &'static str)>),
    Tick,
}

impl Field {
    pub(super) fn is(&self, value: &str) -> bool {
        self.value == value
    }

    /// What the label says about a field that browsers don't require.
    pub(super) fn remark(&self) -> &'static str {
        if self.name == "foreignTin" { "required unless you check the box below" } else { "optional" }
    }

    pub(super) fn ticked(&self) -> bool {
        matches!(self.value.as_str(), "yes" | "on" | "true")
    }
}

type Spec = (&'static str, &'static str, &'static str, Input, bool);

fn countries() -> Input {
    Input::Choice(country::ALL.to_vec())
}

fn classes() -> Input {
    Input::Choice(Classification::ALL.into_iter().map(|class| (class.as_str(), class.label())).collect())
}

fn numbers() -> Input {
    Input::Choice(vec![
        ("SSN", "SSN (Social Security number)"),
        ("ITIN", "ITIN (individual taxpayer identification number)"),
        ("EIN", "EIN (employer identification number)"),
    ])
}

const fn text(name: &'static str, label: &'static str, fill: &'static str) -> Spec {
    (name, label, "", Input::Text(fill), true)
}

const fn maybe(name: &'static str, label: &'static str, hint: &'static str) -> Spec {
    (name, label, hint, Input::Text("off"), false)
}

/// The sections of a guided form.
pub(super) fn guided(kind: Kind, given: &dyn Given, mistakes: &[Mistake]) -> Vec<Section> {
    let sections = match kind {
        Kind::W9 => w9(),
        Kind::W8ben => w8ben(),
        Kind::W8bene => w8bene(),
    };
    filled(sections, given, mistakes)
}

/// The fields to enter with a PDF.
pub(super) fn beside_pdf(kind: Kind, given: &dyn Given, mistakes: &[Mistake]) -> Vec<Section> {
    let mut fields = vec![
        text("name", "Name (line 1)", "name"),
        ("signedOn", "Signature date", "As shown on the form.", Input::Day, true),
    ];
    if kind == Kind::W9 {
        fields.push(("classification", "Federal tax classification (line 3a)", "", classes(), true));
        fields.extend(us_address());
        fields.extend(us_number());
        fields.push(crossed_out());
    } else {
        fields.push(("country", "Country of permanent residence", "", countries(), true));
        fields.extend(foreign_number("From line 6a or 9b of the form."));
    }
    filled(vec![("Form details", "The brand checks these details against the PDF.", false, fields)], given, mistakes)
}

type Bare = (&'static str, &'static str, bool, Vec<Spec>);

fn filled(sections: Vec<Bare>, given: &dyn Given, mistakes: &[Mistake]) -> Vec<Section> {
    let field = |(name, label, hint, input, required): Spec| Field {
        name,
        label,
        hint,
        input,
        required,
        value: given.value(name).unwrap_or_default().to_owned(),
        problem: mistakes.iter().find(|mistake| mistake.field == name).map(|mistake| mistake.message.clone()),
    };
    let section = |(title, hint, rare, fields): Bare| Section {
        title,
        hint,
        rare,
        fields: fields.into_iter().map(field).collect(),
    };
    let mut sections: Vec<Section> = sections.into_iter().map(section).collect();
    for section in &mut sections {
        // A section that was used, or has an error, is open.
        let used = |field: &Field| !field.value.is_empty() || field.problem.is_some();
        section.rare = section.rare && !section.fields.iter().any(used);
    }
    sections
}

fn us_address() -> [Spec; 4] {
    [
        text("street", "Number, street, apartment (line 5)", "street-address"),
        text("city", "City or town (line 6)", "address-level2"),
        ("region", "State (line 6)", "Two-letter code, such as CA.", Input::Text("address-level1"), true),
        text("postalCode", "ZIP code (line 6)", "postal-code"),
    ]
}

fn us_number() -> [Spec; 2] {
    [
        (
            "tinType",
            "Taxpayer number type (part I)",
            "Individuals use an SSN or ITIN, companies an EIN.",
            numbers(),
            true,
        ),
        (
            "tin",
            "Taxpayer number (part I)",
            "Nine digits. Stored encrypted. Only the last four digits are shown.",
            Input::Number,
            true,
        ),
    ]
}

fn crossed_out() -> Spec {
    let label = "The IRS notified me that I am subject to backup withholding (item 2 is crossed out)";
    ("subjectToWithholding", label, "This is rare. If so, 24% is withheld from your payouts.", Input::Tick, false)
}

fn foreign_number(hint: &'static str) -> [Spec; 2] {
    [
        ("foreignTin", "Tax number in your own country", hint, Input::Number, false),
        ("foreignTinNotRequired", "I am not legally required to have one (line 6b or 9c)", "", Input::Tick, false),
    ]
}

fn residence() -> [Spec; 5] {
    [
        (
            "street",
            "Street and number",
            "Where you live or are based. Not a P.O. box or someone else's address.",
            Input::Text("street-address"),
            true,
        ),
        text("city", "City or town", "address-level2"),
        maybe("region", "State or province", ""),
        maybe("postalCode", "Postal code", ""),
        ("country", "Country", "", countries(), true),
    ]
}

fn mail() -> Bare {
    let fields = vec![
        maybe("mailingStreet", "Street and number, or P.O. box", ""),
        maybe("mailingCity", "City or town", ""),
        maybe("mailingRegion", "State or province", ""),
        maybe("mailingPostalCode", "Postal code", ""),
        ("mailingCountry", "Country", "", countries(), false),
    ];
    ("Mailing address, if different", "", true, fields)
}

fn treaty(entity: bool) -> Bare {
    let mut fields = vec![
        ("treatyCountry", "Treaty country", "The country you're a resident of.", countries(), false),
        maybe("treatyArticle", "Article and paragraph", "Such as 7(1)."),
        maybe("treatyRate", "Withholding rate in percent", "0 to 30."),
        maybe("treatyIncome", "Type of income", "Such as business profits."),
        maybe("treatyConditions", "Additional conditions you meet", "If the treaty has any."),
    ];
    if entity {
        let list = Input::Choice(LIMITATIONS.to_vec());
        fields.insert(1, ("treatyLimitation", "Limitation on benefits (line 14b)", "", list, false));
    }
    let hint =
        "Only for U.S. income. Work done outside the United States doesn't count, so most affiliates leave this empty.";
    ("Tax treaty claim", hint, true, fields)
}

fn w9() -> Vec<Bare> {
    vec![
        (
            "Your details",
            "",
            false,
            vec![
                ("name", "Name (line 1)", "As shown on your income tax return.", Input::Text("name"), true),
                maybe("businessName", "Business name, if different (line 2)", "Or the name of a disregarded LLC."),
                ("classification", "Federal tax classification (line 3a)", "", classes(), true),
                maybe("otherClassification", "Other classification", ""),
                (
                    "foreignPartners",
                    "Some partners, owners or beneficiaries are foreign (line 3b)",
                    "Partnerships, trusts and estates only.",
                    Input::Tick,
                    false,
                ),
            ],
        ),
        ("Address", "", false, us_address().into()),
        ("Taxpayer number", "", false, us_number().into()),
        (
            "Exemptions and withholding",
            "Most people leave these empty.",
            true,
            vec![
                maybe("exemptPayeeCode", "Exempt payee code (line 4)", "1 to 13. Corporations enter 5."),
                maybe("fatcaCode", "Exemption from FATCA reporting code (line 4)", "A to M."),
                crossed_out(),
            ],
        ),
    ]
}

fn w8ben() -> Vec<Bare> {
    vec![
        (
            "Your details",
            "",
            false,
            vec![
                text("name", "Full name (line 1)", "name"),
                ("citizenship", "Country of citizenship (line 2)", "", countries(), true),
                ("birthDate", "Date of birth (line 8)", "", Input::Day, true),
            ],
        ),
        ("Permanent residence (line 3)", "", false, residence().into()),
        mail(),
        (
            "Tax number (lines 5 and 6)",
            "",
            false,
            foreign_number("Line 6a. Stored encrypted. Only the last four characters are shown.").into(),
        ),
        (
            "U.S. tax number",
            "Only if you have one.",
            true,
            vec![("usTin", "SSN or ITIN (line 5)", "Nine digits.", Input::Number, false)],
        ),
        treaty(false),
    ]
}

fn w8bene() -> Vec<Bare> {
    let owner = |names: [&'static str; 3]| {
        [
            maybe(names[0], "Owner's name", ""),
            maybe(names[1], "Owner's address", ""),
            (names[2], "Owner's U.S. taxpayer number", "", Input::Number, false),
        ]
    };
    let mut owners = vec![("noUsOwners", "There are no substantial U.S. owners (line 40b)", "", Input::Tick, false)];
    owners.extend(owner(["owner1Name", "owner1Address", "owner1Tin"]));
    owners.extend(owner(["owner2Name", "owner2Address", "owner2Tin"]));
    owners.extend(owner(["owner3Name", "owner3Address", "owner3Tin"]));
    vec![
        (
            "Entity details",
            "",
            false,
            vec![
                text("name", "Name of the organization (line 1)", "organization"),
                ("incorporation", "Country of incorporation (line 2)", "", countries(), true),
                (
                    "chapter3",
                    "Chapter 3 status (line 4)",
                    "The type of entity.",
                    Input::Choice(CHAPTER_3.to_vec()),
                    true,
                ),
                (
                    "chapter4",
                    "Chapter 4 (FATCA) status (line 5)",
                    "A company that sells goods or services is usually an active NFFE.",
                    Input::Choice(CHAPTER_4.to_vec()),
                    true,
                ),
            ],
        ),
        ("Permanent residence (line 6)", "", false, residence().into()),
        mail(),
        (
            "Tax number (line 9)",
            "",
            false,
            foreign_number("Line 9b. Stored encrypted. Only the last four characters are shown.").into(),
        ),
        (
            "U.S. tax numbers",
            "Only if the entity has them.",
            true,
            vec![
                ("usTin", "EIN (line 8)", "Nine digits.", Input::Number, false),
                maybe("giin", "GIIN (line 9a)", "Such as 98Q96B.00000.LE.250."),
            ],
        ),
        ("Owners of a passive NFFE (parts XXVI and XXIX)", "Only for passive NFFEs.", true, owners),
        treaty(true),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use payout_core::tax::form::Form;
    use time::macros::date;

    use super::*;

    /// Goal: no error is reported for a field that isn't on the page.
    /// Method: forms with nothing, and with nonsense, in every field.
    #[test]
    fn every_mistake_has_its_field() {
        for kind in Kind::ALL {
            let empty = BTreeMap::new();
            let names: Vec<&str> =
                guided(kind, &empty, &[]).iter().flat_map(|part| part.fields.iter().map(|field| field.name)).collect();
            let signing = ["certify", "consent", "signature", "signatureTitle"];
            let nonsense: BTreeMap<String, String> =
                names.iter().chain(&signing).map(|name| ((*name).to_owned(), "?".to_owned())).collect();
            for given in [&empty, &nonsense] {
                for mistake in Form::read(kind, given, date!(2026 - 11 - 20)).unwrap_err() {
                    let known = names.contains(&mistake.field) || signing.contains(&mistake.field);
                    assert!(known, "{kind:?}: {}", mistake.field);
                }
            }
            let beside: Vec<&str> = beside_pdf(kind, &empty, &[])
                .iter()
                .flat_map(|part| part.fields.iter().map(|field| field.name))
                .collect();
            for mistake in payout_core::tax::uploaded::Uploaded::read(kind, &empty, date!(2026 - 11 - 20)).unwrap_err()
            {
                assert!(beside.contains(&mistake.field), "{kind:?}: {}", mistake.field);
            }
        }
    }

    #[test]
    fn what_is_rare_opens_when_it_is_used() {
        let rare = |given: &BTreeMap<String, String>, mistakes: &[Mistake]| {
            guided(Kind::W8ben, given, mistakes).iter().filter(|part| part.rare).count()
        };
        let empty = BTreeMap::new();
        assert_eq!(rare(&empty, &[]), 3);
        assert_eq!(rare(&BTreeMap::from([("treatyRate".to_owned(), "5".to_owned())]), &[]), 2);
        assert_eq!(rare(&empty, &[Mistake { field: "usTin", message: "x".to_owned() }]), 2);
    }
}
