//! The data that an affiliate enters with an uploaded PDF: enough to find the form, to know its validity, and to file a
//! 1099-NEC. The brand compares it with the PDF.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    address::{self, Address},
    country, expiry,
    field::{Given, Mistake, Reader, as_text, form_day},
    form::{Kind, Line, Shown},
    tin::{self, UsTin},
    w8,
    w9::{self, Classification},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    pub kind: Kind,
    /// Line 1.
    pub name: String,
    pub country: String,
    /// For a W-9: line 3a, lines 5 and 6.
    pub classification: Option<Classification>,
    pub address: Option<Address>,
    pub us_tin: Option<UsTin>,
    pub foreign_tin: Option<String>,
    pub subject_to_withholding: bool,
    #[serde(with = "as_text")]
    pub signed_on: Date,
}

impl Uploaded {
    /// # Errors
    /// Every invalid field.
    pub fn read(kind: Kind, given: &dyn Given, today: Date) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(given);
        let name = reader.text("name", 100, "Enter the name from line 1 of the form.");
        let signed_on = reader.day("signedOn", "Enter the date next to the signature.");
        if signed_on > today {
            reader.wrong("signedOn", "The signature date can't be in the future.");
        } else if kind != Kind::W9 && signed_on != Date::MIN && expiry::of_w8(signed_on) < today {
            let message = "A form signed on this date has expired. Sign a new one.";
            reader.wrong("signedOn", message);
        }
        let mut form = Self {
            kind,
            name,
            country: country::US.to_owned(),
            classification: None,
            address: None,
            us_tin: None,
            foreign_tin: None,
            subject_to_withholding: false,
            signed_on,
        };
        if kind == Kind::W9 {
            form.classification =
                reader.one_of("classification", Classification::parse, "Choose the classification from line 3a.");
            form.address = Some(address::of_the_states(&mut reader));
            form.us_tin = w9::number(&mut reader, form.classification);
            form.subject_to_withholding = reader.flag("subjectToWithholding");
        } else {
            let known = |text: &str| country::name(text).filter(|_| text != country::US).map(|_| text.to_owned());
            let message = "Choose the country of your permanent residence, outside the United States.";
            form.country = reader.one_of("country", known, message).unwrap_or_default();
            let (number, _) = w8::foreign_number(&mut reader, false, false);
            form.foreign_tin = number;
        }
        reader.end(form)
    }

    pub(super) fn lines(&self, shown: Shown) -> Vec<Line> {
        let mut lines = vec![Line::new("1", "Name", &self.name)];
        lines.extend(self.classification.map(|class| Line::new("3a", "Federal tax classification", class.label())));
        match &self.address {
            Some(address) => lines.push(Line::new("5, 6", "Address", address.line())),
            None => lines.push(Line::new("", "Country", country::name(&self.country).unwrap_or(&self.country))),
        }
        lines.extend(
            self.us_tin.as_ref().map(|tin| Line::new("", "U.S. taxpayer identification number", shown.us(tin))),
        );
        match &self.foreign_tin {
            Some(number) => lines.push(Line::new("", "Foreign tax identifying number", shown.foreign(number))),
            None if self.kind != Kind::W9 => {
                lines.push(Line::new("", "Foreign tax identifying number", "Not legally required"));
            }
            None => {}
        }
        if self.subject_to_withholding {
            lines.push(Line::new(
                "Part II",
                "Item 2 of the certification",
                "Crossed out: subject to backup withholding",
            ));
        }
        lines.push(Line::new("Date", "Date of the signature (MM-DD-YYYY)", form_day(self.signed_on)));
        lines
    }

    /// The last four characters of its number.
    pub fn tin_hint(&self) -> String {
        let number = self.us_tin.as_ref().map(UsTin::digits).or(self.foreign_tin.as_deref());
        number.map(tin::last_four).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::date;

    use super::*;

    #[test]
    fn what_goes_with_a_pdf() {
        let read = |kind, fields: &[(&str, &str)]| {
            let given: BTreeMap<String, String> =
                fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
            let read = Uploaded::read(kind, &given, date!(2026 - 11 - 20));
            read.map_err(|found| found.iter().map(|one| one.field).collect::<Vec<_>>())
        };
        let w8 = [("name", "Ana Souza"), ("country", "BR"), ("foreignTin", "529.982.247-25")];
        let signed = |day| [&w8[..], &[("signedOn", day)]].concat();
        assert!(read(Kind::W8ben, &signed("2026-11-20")).is_ok());
        assert_eq!(read(Kind::W8ben, &signed("2026-11-21")).unwrap_err(), ["signedOn"]);
        assert!(read(Kind::W8ben, &signed("2023-01-01")).is_ok(), "it counts to the end of 2026");
        assert_eq!(read(Kind::W8ben, &signed("2022-12-31")).unwrap_err(), ["signedOn"]);
        assert_eq!(
            read(Kind::W8bene, &[("country", "US")]).unwrap_err(),
            ["name", "signedOn", "country", "foreignTin"]
        );
        assert_eq!(read(Kind::W9, &signed("2019-01-01")).unwrap_err().len(), 6);
        for early in ["-9999-01-02", "1850-01-01"] {
            assert!(read(Kind::W9, &signed(early)).unwrap_err().contains(&"signedOn"), "{early}");
        }
    }
}
