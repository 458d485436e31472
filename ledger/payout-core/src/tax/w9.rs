//! Form W-9 (Rev. March 2024), Request for Taxpayer Identification Number and Certification.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    address::{self, Address},
    field::{Given, Mistake, Reader},
    form::{Line, Shown, Signature, signed},
    tin::{Kind, UsTin},
};

/// Line 3a.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Classification {
    /// Individual or sole proprietor; also the single owner of an LLC that is disregarded.
    Individual,
    CCorporation,
    SCorporation,
    Partnership,
    TrustOrEstate,
    /// LLC taxed as a C corporation.
    LlcC,
    /// LLC taxed as an S corporation.
    LlcS,
    /// LLC taxed as a partnership.
    LlcP,
    Other,
}

impl Classification {
    pub const ALL: [Self; 9] = [
        Self::Individual,
        Self::CCorporation,
        Self::SCorporation,
        Self::Partnership,
        Self::TrustOrEstate,
        Self::LlcC,
        Self::LlcS,
        Self::LlcP,
        Self::Other,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "Individual",
            Self::CCorporation => "CCorporation",
            Self::SCorporation => "SCorporation",
            Self::Partnership => "Partnership",
            Self::TrustOrEstate => "TrustOrEstate",
            Self::LlcC => "LlcC",
            Self::LlcS => "LlcS",
            Self::LlcP => "LlcP",
            Self::Other => "Other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Individual => "Individual, sole proprietor, or disregarded single-member LLC",
            Self::CCorporation => "C corporation",
            Self::SCorporation => "S corporation",
            Self::Partnership => "Partnership",
            Self::TrustOrEstate => "Trust or estate",
            Self::LlcC => "LLC taxed as a C corporation",
            Self::LlcS => "LLC taxed as an S corporation",
            Self::LlcP => "LLC taxed as a partnership",
            Self::Other => "Other",
        }
    }

    /// An LLC counts as the kind of entity that it is taxed as.
    pub const fn is_corporation(self) -> bool {
        matches!(self, Self::CCorporation | Self::SCorporation | Self::LlcC | Self::LlcS)
    }
}

/// Part II.
pub const CERTIFICATION: &[&str] = &[
    "Under penalties of perjury, I certify that:",
    "1. The number shown on this form is my correct taxpayer identification number (or I am waiting for a number to be \
     issued to me); and",
    "2. I am not subject to backup withholding because (a) I am exempt from backup withholding, or (b) I have not been \
     notified by the Internal Revenue Service (IRS) that I am subject to backup withholding as a result of a failure to \
     report all interest or dividends, or (c) the IRS has notified me that I am no longer subject to backup withholding; \
     and",
    "3. I am a U.S. citizen or other U.S. person (defined in the form's instructions); and",
    "4. The FATCA code(s) entered on this form (if any) indicating that I am exempt from FATCA reporting is correct.",
    "Certification instructions: item 2 is crossed out if you have been notified by the IRS that you are currently subject \
     to backup withholding because you have failed to report all interest and dividends on your tax return.",
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct W9 {
    /// Line 1.
    pub name: String,
    /// Line 2.
    pub business_name: Option<String>,
    /// Line 3a, and the description for "Other".
    pub classification: Classification,
    pub other: Option<String>,
    /// Line 3b.
    pub foreign_partners: bool,
    /// Line 4.
    pub exempt_payee_code: Option<u8>,
    pub fatca_code: Option<String>,
    /// Lines 5 and 6.
    pub address: Address,
    /// Part I.
    pub tin: UsTin,
    /// Item 2 of Part II is crossed out.
    pub subject_to_withholding: bool,
    pub signature: Signature,
}

impl W9 {
    /// # Errors
    /// Every invalid field.
    pub fn read(given: &dyn Given, today: Date) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(given);
        let name = reader.text("name", 100, "Enter your name as shown on your income tax return (line 1 of the form).");
        let business_name = reader.optional("businessName", 100);
        let classification =
            reader.one_of("classification", Classification::parse, "Choose your federal tax classification (line 3a).");
        let other = match classification {
            Some(Classification::Other) => {
                Some(reader.text("otherClassification", 60, "Enter your federal tax classification."))
            }
            _ => None,
        };
        let flows = matches!(
            classification,
            Some(Classification::Partnership | Classification::TrustOrEstate | Classification::LlcP)
        );
        let (exempt_payee_code, fatca_code) = exemptions(&mut reader);
        let address = address::of_the_states(&mut reader);
        let tin = number(&mut reader, classification);
        let person = matches!(classification, Some(Classification::Individual) | None);
        let signature = signed(&mut reader, person.then_some(name.as_str()), today);
        let (foreign_partners, subject) =
            (flows && reader.flag("foreignPartners"), reader.flag("subjectToWithholding"));
        let form = classification.zip(tin).map(|(classification, tin)| Self {
            name,
            business_name,
            classification,
            other,
            foreign_partners,
            exempt_payee_code,
            fatca_code,
            address,
            tin,
            subject_to_withholding: subject,
            signature,
        });
        reader.end_with(form)
    }

    pub(super) fn lines(&self, shown: Shown) -> Vec<Line> {
        let class = match &self.other {
            Some(other) => format!("{}: {other}", self.classification.label()),
            None => self.classification.label().to_owned(),
        };
        let item = if self.subject_to_withholding { "Crossed out: subject to backup withholding" } else { "Certified" };
        let mut lines = vec![Line::new("1", "Name of entity/individual", &self.name)];
        lines.extend(self.business_name.as_ref().map(|name| Line::new("2", "Business name, if different", name)));
        lines.push(Line::new("3a", "Federal tax classification", class));
        if self.foreign_partners {
            lines.push(Line::new("3b", "Foreign partners, owners or beneficiaries", "Yes"));
        }
        lines.extend(self.exempt_payee_code.map(|code| Line::new("4", "Exempt payee code", code.to_string())));
        lines.extend(self.fatca_code.as_ref().map(|code| Line::new("4", "Exemption from FATCA reporting code", code)));
        lines.push(Line::new("5", "Address", &self.address.street));
        lines.push(Line::new("6", "City, state, and ZIP code", self.address.place()));
        lines.push(Line::new("Part I", "Taxpayer identification number", shown.us(&self.tin)));
        lines.push(Line::new("Part II", "Item 2 of the certification", item));
        lines
    }
}

/// Line 4: reads codes 1 to 13, and A to M.
fn exemptions(reader: &mut Reader<'_>) -> (Option<u8>, Option<String>) {
    let payee = reader.raw("exemptPayeeCode");
    let code = payee.parse::<u8>().ok().filter(|code| (1..=13).contains(code));
    if !payee.is_empty() && code.is_none() {
        reader.wrong("exemptPayeeCode", "Enter a code from 1 to 13, or leave this empty. Most people don't have one.");
    }
    let fatca = reader.raw("fatcaCode").to_uppercase();
    let known = matches!(fatca.as_bytes(), [b'A'..=b'M']);
    if !fatca.is_empty() && !known {
        reader.wrong("fatcaCode", "Enter a letter from A to M, or leave this empty. U.S. accounts don't have one.");
    }
    (code, known.then_some(fatca))
}

/// Part I: reads the number. Individuals give their SSN or ITIN, sole proprietors may give their EIN, and entities have
/// an EIN.
pub(super) fn number(reader: &mut Reader<'_>, classification: Option<Classification>) -> Option<UsTin> {
    let kind = reader.one_of("tinType", Kind::parse, "Choose SSN, ITIN or EIN.")?;
    let entity =
        classification.is_some_and(|class| !matches!(class, Classification::Individual | Classification::Other));
    // An estate may only have its own number; grantor trusts may give the grantor's SSN.
    if entity && kind != Kind::Ein && classification != Some(Classification::TrustOrEstate) {
        reader.wrong(
            "tinType",
            "Companies need an EIN. If you own a disregarded single-member LLC, choose individual in line 3a.",
        );
        return None;
    }
    match UsTin::read(kind, reader.raw("tin")) {
        Ok(tin) => Some(tin),
        Err(message) => {
            reader.wrong("tin", message);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::date;

    use super::*;

    fn filled() -> BTreeMap<String, String> {
        [
            ("name", "Lauren Pope"),
            ("classification", "Individual"),
            ("street", "12 Market Street"),
            ("city", "San Francisco"),
            ("region", "ca"),
            ("postalCode", "94103"),
            ("tinType", "SSN"),
            ("tin", "536-22-1234"),
            ("certify", "yes"),
            ("consent", "yes"),
            ("signature", "lauren  POPE"),
        ]
        .into_iter()
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .collect()
    }

    fn wrong(change: &[(&str, &str)]) -> Vec<&'static str> {
        let mut given = filled();
        given.extend(change.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())));
        W9::read(&given, date!(2026 - 11 - 20))
            .map_or_else(|found| found.iter().map(|one| one.field).collect(), |_| vec![])
    }

    #[test]
    fn what_a_person_fills_in() {
        let form = W9::read(&filled(), date!(2026 - 11 - 20)).unwrap();
        assert_eq!((form.tin.digits(), form.address.region.as_str()), ("536221234", "CA"));
        assert_eq!(form.signature.date, date!(2026 - 11 - 20));
        let text: Vec<String> = form.lines(Shown::Masked).into_iter().map(|line| line.value).collect();
        assert!(text.contains(&"SSN ***-**-1234".to_owned()) && !text.concat().contains("53622"));
    }

    #[test]
    fn each_mistake_names_its_field() {
        assert_eq!(wrong(&[("name", " ")]), ["name", "signature"]);
        assert_eq!(wrong(&[("classification", "King")]), ["classification"]);
        assert_eq!(wrong(&[("tin", "666-12-3456")]), ["tin"]);
        assert_eq!(wrong(&[("tinType", "PIN")]), ["tinType"]);
        assert_eq!(wrong(&[("region", "Bavaria"), ("postalCode", "80331x")]), ["region", "postalCode"]);
        assert_eq!(wrong(&[("certify", "")]), ["certify"]);
        assert_eq!(wrong(&[("consent", "")]), ["consent"]);
        assert_eq!(wrong(&[("signature", "Somebody Else")]), ["signature"]);
        assert_eq!(wrong(&[("exemptPayeeCode", "14"), ("fatcaCode", "Z")]), ["exemptPayeeCode", "fatcaCode"]);
        assert_eq!(wrong(&[("classification", "CCorporation")]), ["tinType", "signatureTitle"]);
        let company =
            [("classification", "LlcC"), ("tinType", "EIN"), ("tin", "12-3456789"), ("signatureTitle", "Owner")];
        assert!(wrong(&company).is_empty());
        assert_eq!(wrong(&[("classification", "Other")]), ["otherClassification", "signatureTitle"]);
        let everything = W9::read(&BTreeMap::new(), date!(2026 - 11 - 20)).unwrap_err();
        assert!(everything.iter().all(|mistake| mistake.message.ends_with('.')) && everything.len() > 7);
    }
}
