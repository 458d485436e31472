//! Form W-8BEN (Rev. October 2021), for foreign individuals.

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use super::{
    address::{self, Address},
    country,
    field::{Given, Mistake, Reader, as_text, form_day},
    form::{Line, Shown, Signature, signed},
    tin::{Kind, UsTin},
    w8::{self, Treaty},
};

/// Part III.
pub const CERTIFICATION: &[&str] = &[
    "Under penalties of perjury, I declare that I have examined the information on this form and to the best of my \
     knowledge and belief it is true, correct, and complete. I further certify under penalties of perjury that:",
    "I am the individual that is the beneficial owner (or am authorized to sign for the individual that is the beneficial \
     owner) of all the income or proceeds to which this form relates or am using this form to document myself for chapter 4 \
     purposes;",
    "The person named on line 1 of this form is not a U.S. person;",
    "This form relates to: (a) income not effectively connected with the conduct of a trade or business in the United \
     States; (b) income effectively connected with the conduct of a trade or business in the United States but is not \
     subject to tax under an applicable income tax treaty; (c) the partner's share of a partnership's effectively connected \
     taxable income; or (d) the partner's amount realized from the transfer of a partnership interest subject to \
     withholding under section 1446(f);",
    "The person named on line 1 of this form is a resident of the treaty country listed on line 9 of the form (if any) \
     within the meaning of the income tax treaty between the United States and that country; and",
    "For broker transactions or barter exchanges, the beneficial owner is an exempt foreign person as defined in the \
     instructions.",
    "Furthermore, I authorize this form to be provided to any withholding agent that has control, receipt, or custody of \
     the income of which I am the beneficial owner or any withholding agent that can disburse or make payments of the \
     income of which I am the beneficial owner. I agree that I will submit a new form within 30 days if any certification \
     made on this form becomes incorrect.",
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct W8ben {
    /// Line 1.
    pub name: String,
    /// Line 2: two-letter code.
    pub citizenship: String,
    /// Line 3.
    pub address: Address,
    /// Line 4.
    pub mailing: Option<Address>,
    /// Line 5.
    pub us_tin: Option<UsTin>,
    /// Line 6a; line 6b is checked if it is empty.
    pub foreign_tin: Option<String>,
    /// Line 8.
    #[serde(with = "as_text")]
    pub birth_date: Date,
    /// Part II.
    pub treaty: Option<Treaty>,
    pub signature: Signature,
}

impl W8ben {
    /// # Errors
    /// Every invalid field.
    pub fn read(given: &dyn Given, today: Date) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(given);
        let name = reader.text("name", 100, "Enter your full name (line 1 of the form).");
        let known = |text: &str| country::name(text).map(|_| text.to_owned());
        let citizenship = reader.one_of("citizenship", known, "Choose your country of citizenship.");
        if citizenship.as_deref() == Some(country::US) {
            reader.wrong("citizenship", "U.S. citizens need a W-9, wherever they live. Choose that form instead.");
        }
        let address = address::of_residence(&mut reader);
        let mailing = address::of_mail(&mut reader);
        let us_tin = w8::us_number(&mut reader, &[Kind::Ssn, Kind::Itin]);
        let treaty = w8::treaty(&mut reader, &address.country);
        let (foreign_tin, _) = w8::foreign_number(&mut reader, us_tin.is_some(), treaty.is_some());
        let birth_date = reader.day("birthDate", "Enter your date of birth (line 8 of the form).");
        let oldest = Date::from_calendar_date(today.year() - 120, Month::January, 1).unwrap_or(Date::MIN);
        if birth_date != Date::MIN && !(oldest..today).contains(&birth_date) {
            reader.wrong("birthDate", "Enter a valid date of birth.");
        }
        let signature = signed(&mut reader, Some(&name), today);
        let form = citizenship.map(|citizenship| Self {
            name,
            citizenship,
            address,
            mailing,
            us_tin,
            foreign_tin,
            birth_date,
            treaty,
            signature,
        });
        reader.end_with(form)
    }

    pub(super) fn lines(&self, shown: Shown) -> Vec<Line> {
        let citizenship = country::name(&self.citizenship).unwrap_or(&self.citizenship);
        let mut lines = vec![
            Line::new("1", "Name of individual who is the beneficial owner", &self.name),
            Line::new("2", "Country of citizenship", citizenship),
            Line::new("3", "Permanent residence address", self.address.line()),
        ];
        lines.extend(self.mailing.as_ref().map(|address| Line::new("4", "Mailing address", address.line())));
        lines.extend(
            self.us_tin.as_ref().map(|tin| Line::new("5", "U.S. taxpayer identification number", shown.us(tin))),
        );
        lines.push(w8::foreign_lines(self.foreign_tin.as_deref(), "6a", "6b", shown));
        let born = match shown {
            Shown::Whole => form_day(self.birth_date),
            Shown::Masked => format!("**-**-{}", self.birth_date.year()),
        };
        lines.push(Line::new("8", "Date of birth (MM-DD-YYYY)", born));
        lines.extend(self.treaty.iter().flat_map(|treaty| w8::treaty_lines(treaty, ["9", "10"])));
        lines
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::date;

    use super::*;

    fn filled() -> BTreeMap<String, String> {
        [
            ("name", "Ana Souza"),
            ("citizenship", "BR"),
            ("street", "Rua Augusta 100"),
            ("city", "São Paulo"),
            ("country", "BR"),
            ("foreignTin", "529.982.247-25"),
            ("birthDate", "1990-05-17"),
            ("certify", "yes"),
            ("consent", "yes"),
            ("signature", "Ana Souza"),
        ]
        .into_iter()
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .collect()
    }

    fn wrong(change: &[(&str, &str)]) -> Vec<&'static str> {
        let mut given = filled();
        given.extend(change.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())));
        let read = W8ben::read(&given, date!(2026 - 11 - 20));
        read.map_or_else(|found| found.iter().map(|one| one.field).collect(), |_| vec![])
    }

    #[test]
    fn each_mistake_names_its_field() {
        assert!(wrong(&[]).is_empty());
        assert_eq!(wrong(&[("citizenship", "US")]), ["citizenship"]);
        assert_eq!(wrong(&[("country", "US")]), ["country"]);
        assert_eq!(wrong(&[("street", "P.O. Box 12")]), ["street"]);
        assert!(
            wrong(&[("mailingStreet", "P.O. Box 12"), ("mailingCity", "Santos"), ("mailingCountry", "BR")]).is_empty()
        );
        assert_eq!(wrong(&[("mailingStreet", "P.O. Box 12")]), ["mailingCountry", "mailingCity"]);
        assert_eq!(wrong(&[("foreignTin", "")]), ["foreignTin"]);
        assert!(wrong(&[("foreignTin", ""), ("foreignTinNotRequired", "yes")]).is_empty());
        assert_eq!(wrong(&[("foreignTinNotRequired", "yes")]), ["foreignTinNotRequired"]);
        assert_eq!(wrong(&[("birthDate", "2030-01-01")]), ["birthDate"]);
        assert_eq!(wrong(&[("birthDate", "17.5.1990")]), ["birthDate"]);
        assert_eq!(wrong(&[("usTin", "12-3456789")]), [] as [&str; 0], "nine digits may be a social security number");
        assert_eq!(wrong(&[("usTin", "000-12-3456")]), ["usTin"]);
        assert_eq!(wrong(&[("treatyCountry", "BR")]), ["treatyCountry", "treatyRate", "treatyArticle", "treatyIncome"]);
    }

    #[test]
    fn a_treaty_is_claimed_by_its_residents_with_a_number() {
        let claim = [("treatyArticle", "7"), ("treatyRate", "0%"), ("treatyIncome", "Business profits")];
        let with = |more: &[(&'static str, &'static str)]| wrong(&[&claim[..], more].concat());
        assert!(with(&[("treatyCountry", "DE"), ("country", "DE")]).is_empty());
        assert_eq!(with(&[("treatyCountry", "DE")]), ["treatyCountry"]);
        let numberless =
            [("treatyCountry", "DE"), ("country", "DE"), ("foreignTin", ""), ("foreignTinNotRequired", "on")];
        assert_eq!(with(&numberless), ["foreignTin"]);
        assert_eq!(with(&[("treatyCountry", "DE"), ("country", "DE"), ("treatyRate", "31")]), ["treatyRate"]);
    }

    #[test]
    fn what_is_hidden() {
        let form = W8ben::read(&filled(), date!(2026 - 11 - 20)).unwrap();
        let text: String = form.lines(Shown::Masked).into_iter().map(|line| line.value).collect();
        assert!(text.contains("****4725") && !text.contains("529.982") && !text.contains("05-17"));
        let kept: W8ben = serde_json::from_str(&serde_json::to_string(&form).unwrap()).unwrap();
        assert_eq!(kept, form);
    }
}
