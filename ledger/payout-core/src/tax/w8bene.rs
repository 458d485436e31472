//! Form W-8BEN-E (Rev. October 2021), for foreign entities. The guided form covers what companies that promote products
//! need; rarer kinds of entities upload the form.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    address::{self, Address},
    country,
    field::{Given, Mistake, Reader},
    form::{Line, Shown, Signature, signed},
    tin::{Kind, UsTin},
    w8::{self, Treaty},
};

/// The stored name, and the label.
type Choice = (&'static str, &'static str);

/// Line 4. Others (disregarded entities, simple and grantor trusts, governments, central banks) upload the form.
pub const CHAPTER_3: [Choice; 6] = [
    ("Corporation", "Corporation"),
    ("Partnership", "Partnership"),
    ("ComplexTrust", "Complex trust"),
    ("Estate", "Estate"),
    ("TaxExempt", "Tax-exempt organization"),
    ("PrivateFoundation", "Private foundation"),
];

/// Line 5, with the part that certifies it. Others upload the form.
pub const CHAPTER_4: [Choice; 9] = [
    (
        "ActiveNffe",
        "Active NFFE: less than half of its income is passive, such as dividends, interest, rents (Part XXV)",
    ),
    ("PassiveNffe", "Passive NFFE (Part XXVI)"),
    ("StartUp", "Excepted nonfinancial start-up company, less than 24 months old (Part XIX)"),
    ("PubliclyTraded", "Publicly traded NFFE or its affiliate (Part XXIII)"),
    ("Nonprofit", "Nonprofit organization (Part XXII)"),
    ("DirectReporting", "Direct reporting NFFE"),
    ("ReportingModel1", "Reporting Model 1 FFI"),
    ("ReportingModel2", "Reporting Model 2 FFI"),
    ("Participating", "Participating FFI"),
];

/// Statuses that have a GIIN (line 9a).
const REGISTERED: [&str; 4] = ["DirectReporting", "ReportingModel1", "ReportingModel2", "Participating"];

/// Line 14b: the provision on limitation of benefits that is met.
pub const LIMITATIONS: [Choice; 6] = [
    ("Ownership", "Company that meets the ownership and base erosion test"),
    ("ActiveTrade", "Company with an item of income that meets the active trade or business test"),
    ("PubliclyTraded", "Publicly traded corporation, or its subsidiary"),
    ("DerivativeBenefits", "Company that meets the derivative benefits test"),
    ("TaxExempt", "Tax-exempt trust, organization or pension fund"),
    ("None", "The treaty has no limitation on benefits article"),
];

/// Part XXX.
pub const CERTIFICATION: &[&str] = &[
    "Under penalties of perjury, I declare that I have examined the information on this form and to the best of my \
     knowledge and belief it is true, correct, and complete. I further certify under penalties of perjury that:",
    "The entity identified on line 1 of this form is the beneficial owner of all the income or proceeds to which this form \
     relates, is using this form to certify its status for chapter 4 purposes, or is submitting this form for purposes of \
     section 6050W or 6050Y;",
    "The entity identified on line 1 of this form is not a U.S. person;",
    "This form relates to: (a) income not effectively connected with the conduct of a trade or business in the United \
     States, (b) income effectively connected with the conduct of a trade or business in the United States but is not \
     subject to tax under an income tax treaty, (c) the partner's share of a partnership's effectively connected taxable \
     income, or (d) the partner's amount realized from the transfer of a partnership interest subject to withholding under \
     section 1446(f); and",
    "For broker transactions or barter exchanges, the beneficial owner is an exempt foreign person as defined in the \
     instructions.",
    "Furthermore, I authorize this form to be provided to any withholding agent that has control, receipt, or custody of \
     the income of which the entity on line 1 is the beneficial owner or any withholding agent that can disburse or make \
     payments of the income of which the entity on line 1 is the beneficial owner.",
    "I agree that I will submit a new form within 30 days if any certification on this form becomes incorrect. I certify \
     that I have the capacity to sign for the entity identified on line 1 of this form. I certify what the part named with \
     the chapter 4 status asks for.",
];

/// Part XXIX: a United States person who owns more than 10% of a passive NFFE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub name: String,
    pub address: String,
    pub tin: UsTin,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct W8bene {
    /// Line 1.
    pub name: String,
    /// Line 2: two-letter code.
    pub incorporation: String,
    /// Line 4, by its name in [`CHAPTER_3`].
    pub chapter_3: String,
    /// Line 5, by its name in [`CHAPTER_4`].
    pub chapter_4: String,
    /// Line 6.
    pub address: Address,
    /// Line 7.
    pub mailing: Option<Address>,
    /// Line 8.
    pub us_tin: Option<UsTin>,
    /// Line 9a.
    pub giin: Option<String>,
    /// Line 9b; line 9c is checked if it is empty.
    pub foreign_tin: Option<String>,
    /// Part III, and the provision on limitation of benefits that is met.
    pub treaty: Option<(Treaty, String)>,
    /// Owners of a passive NFFE; line 40b if there are none.
    pub owners: Vec<Owner>,
    pub signature: Signature,
}

const OWNERS: [[&str; 3]; 3] = [
    ["owner1Name", "owner1Address", "owner1Tin"],
    ["owner2Name", "owner2Address", "owner2Tin"],
    ["owner3Name", "owner3Address", "owner3Tin"],
];

impl W8bene {
    /// # Errors
    /// Every invalid field.
    pub fn read(given: &dyn Given, today: Date) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(given);
        let name = reader.text("name", 100, "Enter the entity's full name (line 1 of the form).");
        let known = |text: &str| country::name(text).map(|_| text.to_owned());
        let incorporation = reader.one_of("incorporation", known, "Choose the country where the entity is organized.");
        if incorporation.as_deref() == Some(country::US) {
            reader.wrong(
                "incorporation",
                "Entities organized in the United States need a W-9. Choose that form instead.",
            );
        }
        let status = |list: &'static [Choice]| {
            move |text: &str| list.iter().find(|(name, _)| *name == text).map(|(name, _)| (*name).to_owned())
        };
        let rare = "Choose a status. If yours isn't listed, upload the form instead.";
        let chapter_3 = reader.one_of("chapter3", status(&CHAPTER_3), rare).unwrap_or_default();
        let chapter_4 = reader.one_of("chapter4", status(&CHAPTER_4), rare).unwrap_or_default();
        let address = address::of_residence(&mut reader);
        let mailing = address::of_mail(&mut reader);
        let us_tin = w8::us_number(&mut reader, &[Kind::Ein]);
        let giin = registered(&mut reader, &chapter_4);
        let treaty = w8::treaty(&mut reader, &address.country);
        let treaty = treaty.map(|claim| {
            let message = "Choose the limitation on benefits provision (line 14b of the form).";
            (claim, reader.one_of("treatyLimitation", status(&LIMITATIONS), message).unwrap_or_default())
        });
        let (foreign_tin, _) = w8::foreign_number(&mut reader, us_tin.is_some(), treaty.is_some());
        let owners = if chapter_4 == "PassiveNffe" { owners(&mut reader) } else { Vec::new() };
        let signature = signed(&mut reader, None, today);
        let form = incorporation.map(|incorporation| Self {
            name,
            incorporation,
            chapter_3,
            chapter_4,
            address,
            mailing,
            us_tin,
            giin,
            foreign_tin,
            treaty,
            owners,
            signature,
        });
        reader.end_with(form)
    }

    pub(super) fn lines(&self, shown: Shown) -> Vec<Line> {
        let label = |list: &[Choice], name: &str| {
            list.iter().find(|(known, _)| *known == name).map_or(name, |(_, label)| *label).to_owned()
        };
        let incorporation = country::name(&self.incorporation).unwrap_or(&self.incorporation);
        let mut lines = vec![
            Line::new("1", "Name of organization that is the beneficial owner", &self.name),
            Line::new("2", "Country of incorporation or organization", incorporation),
            Line::new("4", "Chapter 3 status", label(&CHAPTER_3, &self.chapter_3)),
            Line::new("5", "Chapter 4 status (FATCA status)", label(&CHAPTER_4, &self.chapter_4)),
            Line::new("6", "Permanent residence address", self.address.line()),
        ];
        lines.extend(self.mailing.as_ref().map(|address| Line::new("7", "Mailing address", address.line())));
        lines.extend(
            self.us_tin.as_ref().map(|tin| Line::new("8", "U.S. taxpayer identification number", shown.us(tin))),
        );
        lines.extend(self.giin.as_ref().map(|giin| Line::new("9a", "GIIN", giin)));
        lines.push(w8::foreign_lines(self.foreign_tin.as_deref(), "9b", "9c", shown));
        if let Some((treaty, limitation)) = &self.treaty {
            lines.extend(w8::treaty_lines(treaty, ["14a", "15"]));
            lines.push(Line::new("14b", "Limitation on benefits", label(&LIMITATIONS, limitation)));
        }
        if self.chapter_4 == "PassiveNffe" {
            let none = || vec![Line::new("40b", "Substantial U.S. owners", "None")];
            let one = |owner: &Owner| {
                let message = format!("{}, {}, {}", owner.name, owner.address, shown.us(&owner.tin));
                Line::new("Part XXIX", "Substantial U.S. owner", message)
            };
            lines.extend(if self.owners.is_empty() { none() } else { self.owners.iter().map(one).collect() });
        }
        lines
    }
}

/// Reads line 9a: registered entities must have a GIIN; for others it is optional.
fn registered(reader: &mut Reader<'_>, chapter_4: &str) -> Option<String> {
    let giin = reader.raw("giin").to_uppercase();
    let must = REGISTERED.contains(&chapter_4);
    if giin.is_empty() {
        if must {
            reader.wrong("giin", "Enter the GIIN. It's required for this chapter 4 status.");
        }
        return None;
    }
    if !is_giin(&giin) {
        reader.wrong("giin", "Enter a valid GIIN, such as 98Q96B.00000.LE.250.");
    }
    Some(giin)
}

/// Checks `XXXXXX.XXXXX.XX.XXX`: never the letter O; the category is one that the IRS assigns, and the country is a
/// number of ISO 3166-1 ("GIIN composition information", irs.gov).
pub fn is_giin(text: &str) -> bool {
    let plain = |part: &str, count: usize| {
        part.len() == count
            && part
                .bytes()
                .all(|character| character.is_ascii_uppercase() && character != b'O' || character.is_ascii_digit())
    };
    let parts: Vec<&str> = text.split('.').collect();
    let [entity, group, category, country] = parts.as_slice() else { return false };
    plain(entity, 6)
        && plain(group, 5)
        && ["LE", "SL", "ME", "BR", "SP", "SF", "SD", "SS", "SB"].contains(category)
        && country.len() == 3
        && country.bytes().all(|digit| digit.is_ascii_digit())
}

/// Part XXVI: reads that there are no substantial United States owners, or who they are.
fn owners(reader: &mut Reader<'_>) -> Vec<Owner> {
    let mut owners = Vec::new();
    for names in OWNERS {
        if names.iter().all(|field| reader.raw(field).is_empty()) {
            continue;
        }
        let name = reader.text(names[0], 100, "Enter the owner's name.");
        let address = reader.text(names[1], 200, "Enter the owner's address.");
        let number = reader.raw(names[2]);
        let kinds = [Kind::Ssn, Kind::Itin, Kind::Ein];
        match kinds.into_iter().find_map(|kind| UsTin::read(kind, number).ok()) {
            Some(tin) => owners.push(Owner { name, address, tin }),
            None => reader.wrong(names[2], "Enter the owner's nine-digit U.S. taxpayer number."),
        }
    }
    match (reader.flag("noUsOwners"), owners.is_empty()) {
        (false, true) => {
            let message = "Check the box that there are no substantial U.S. owners (line 40b), or list them below \
                           (line 40c).";
            reader.wrong("noUsOwners", message);
        }
        (true, false) => reader.wrong("noUsOwners", "Clear the owners you entered, or uncheck this box."),
        _ => {}
    }
    owners
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::date;

    use super::*;

    fn wrong(change: &[(&str, &str)]) -> Vec<&'static str> {
        let filled = [
            ("name", "Beispiel GmbH"),
            ("incorporation", "DE"),
            ("chapter3", "Corporation"),
            ("chapter4", "ActiveNffe"),
            ("street", "Torstraße 1"),
            ("city", "Berlin"),
            ("country", "DE"),
            ("foreignTin", "29/123/45678"),
            ("certify", "yes"),
            ("consent", "yes"),
            ("signature", "Erika Muster"),
            ("signatureTitle", "Geschäftsführerin"),
        ];
        let given: BTreeMap<String, String> =
            filled.iter().chain(change).map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
        let read = W8bene::read(&given, date!(2026 - 11 - 20));
        read.map_or_else(
            |found| found.iter().map(|one| one.field).collect(),
            |form| {
                let kept: W8bene = serde_json::from_str(&serde_json::to_string(&form).unwrap()).unwrap();
                assert_eq!(kept, form);
                vec![]
            },
        )
    }

    #[test]
    fn each_mistake_names_its_field() {
        assert!(wrong(&[]).is_empty());
        assert_eq!(wrong(&[("incorporation", "US")]), ["incorporation"]);
        assert_eq!(wrong(&[("chapter3", "Kingdom"), ("chapter4", "")]), ["chapter3", "chapter4"]);
        assert_eq!(wrong(&[("signatureTitle", "")]), ["signatureTitle"]);
        assert_eq!(wrong(&[("chapter4", "ReportingModel1")]), ["giin"]);
        assert!(wrong(&[("chapter4", "ReportingModel1"), ("giin", "98q96b.00000.le.276")]).is_empty());
        assert_eq!(wrong(&[("giin", "98Q96B.00000.XX.276")]), ["giin"]);
        assert_eq!(wrong(&[("chapter4", "PassiveNffe")]), ["noUsOwners"]);
        assert!(wrong(&[("chapter4", "PassiveNffe"), ("noUsOwners", "yes")]).is_empty());
        let owner = [("owner1Name", "Jane Doe"), ("owner1Address", "1 Main St, Reno"), ("owner1Tin", "536-22-1234")];
        assert!(wrong(&[&[("chapter4", "PassiveNffe")], &owner[..]].concat()).is_empty());
        assert_eq!(wrong(&[&[("chapter4", "PassiveNffe"), ("noUsOwners", "on")], &owner[..]].concat()), ["noUsOwners"]);
        assert_eq!(wrong(&[("usTin", "00-1234567")]), ["usTin"]);
        let claim = [
            ("treatyCountry", "DE"),
            ("treatyArticle", "7(1)"),
            ("treatyRate", "0"),
            ("treatyIncome", "Business profits"),
        ];
        assert_eq!(wrong(&claim), ["treatyLimitation"]);
        assert!(wrong(&[&claim[..], &[("treatyLimitation", "ActiveTrade")]].concat()).is_empty());
    }

    #[test]
    fn what_a_giin_looks_like() {
        assert!(["98Q96B.00000.LE.250", "AAAAAA.99999.SL.826"].into_iter().all(is_giin));
        for bad in [
            "98Q96O.00000.LE.250",
            "98Q96B.00000.LE",
            "98Q96B.0000.LE.250",
            "98Q96B.00000.ZZ.250",
            "98q96b.00000.LE.250",
        ] {
            assert!(!is_giin(bad), "{bad}");
        }
    }
}
