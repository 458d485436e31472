//! Taxpayer identification numbers: their formats, and how they are shown.

use serde::{Deserialize, Serialize};

/// Kind of a United States taxpayer number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Social security number.
    Ssn,
    /// Individual taxpayer identification number.
    Itin,
    /// Employer identification number.
    Ein,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Ssn, Self::Itin, Self::Ein];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ssn => "SSN",
            Self::Itin => "ITIN",
            Self::Ein => "EIN",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A United States taxpayer number: nine digits. `Debug` shows only the last four.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UsTin {
    pub kind: Kind,
    digits: String,
}

impl std::fmt::Debug for UsTin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

/// First two digits that the IRS doesn't assign ("How EINs are assigned and valid EIN prefixes", irs.gov).
const NO_EIN: [u16; 17] = [0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];
/// Numbers from advertisements, which belong to no one (Social Security Administration).
const ADVERTISED: [&str; 2] = ["078051120", "219099999"];

impl UsTin {
    /// Parses a number with or without hyphens or spaces.
    ///
    /// # Errors
    /// Explains the mistake to the person who typed it, without repeating the number.
    pub fn read(kind: Kind, text: &str) -> Result<Self, String> {
        let clean: String = text.chars().filter(|character| !matches!(character, '-' | ' ' | '\u{a0}')).collect();
        if clean.len() != 9 || !clean.bytes().all(|digit| digit.is_ascii_digit()) {
            let shape = if kind == Kind::Ein { "12-3456789" } else { "123-45-6789" };
            return Err(format!("Enter all nine digits of the {}, such as {shape}.", kind.as_str()));
        }
        let part = |from: usize, to: usize| clean[from..to].parse::<u16>().unwrap_or_default();
        let (area, group, serial) = (part(0, 3), part(3, 5), part(5, 9));
        match kind {
            Kind::Ssn if area >= 900 && is_itin_group(group) => {
                Err("This is an ITIN, not an SSN. Choose ITIN.".to_owned())
            }
            Kind::Ssn
                if matches!(area, 0 | 666 | 900..)
                    || group == 0
                    || serial == 0
                    || ADVERTISED.contains(&clean.as_str()) =>
            {
                Err("This isn't a valid Social Security number. Check it against your card.".to_owned())
            }
            Kind::Itin if area < 900 || !is_itin_group(group) => {
                let message =
                    "An ITIN starts with 9, and its fourth and fifth digits are 50–65, 70–88, 90–92 or 94–99.";
                Err(message.to_owned())
            }
            Kind::Ein if NO_EIN.contains(&part(0, 2)) => {
                Err(format!("No EIN starts with {}. Check it against your IRS notice.", &clean[..2]))
            }
            _ => Ok(Self { kind, digits: clean }),
        }
    }

    /// Nine digits.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// With hyphens, as on the forms.
    pub fn written(&self) -> String {
        match self.kind {
            Kind::Ein => format!("{}-{}", &self.digits[..2], &self.digits[2..]),
            Kind::Ssn | Kind::Itin => {
                format!("{}-{}-{}", &self.digits[..3], &self.digits[3..5], &self.digits[5..])
            }
        }
    }

    /// `***-**-6789`.
    pub fn masked(&self) -> String {
        let last = last_four(&self.digits);
        if self.kind == Kind::Ein { format!("**-***{last}") } else { format!("***-**-{last}") }
    }
}

/// Checks the fourth and fifth digits of an ITIN (Internal Revenue Manual 3.21.263; ITINs are 9XX-50 to 65, 70 to 88,
/// 90 to 92 and 94 to 99).
const fn is_itin_group(group: u16) -> bool {
    matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// The last four characters; empty for a text so short that they would reveal most of it.
pub fn last_four(text: &str) -> String {
    let characters: Vec<char> = text.chars().filter(|character| character.is_alphanumeric()).collect();
    if characters.len() < 6 { String::new() } else { characters[characters.len() - 4..].iter().collect() }
}

/// Another country's number, masked except for its end.
pub fn masked_foreign(text: &str) -> String {
    format!("****{}", last_four(text))
}

/// Parses another country's number. Formats differ by country, so only length and characters are checked.
///
/// # Errors
/// Explains what is wrong.
pub fn read_foreign(text: &str) -> Result<String, String> {
    let text = text.trim();
    let known = |character: char| character.is_alphanumeric() || matches!(character, ' ' | '-' | '.' | '/');
    let count = text.chars().filter(|character| character.is_alphanumeric()).count();
    if text.chars().count() > 40 || !(4..=30).contains(&count) || !text.chars().all(known) {
        return Err("Enter the number as your tax authority writes it, with 4 to 30 letters and digits.".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_a_number() {
        for (kind, good) in [
            (Kind::Ssn, "536-22-1234"),
            (Kind::Ssn, "001010001"),
            (Kind::Ssn, "899 99 9999"),
            (Kind::Itin, "912-70-1234"),
            (Kind::Itin, "900500000"),
            (Kind::Ein, "12-3456789"),
            (Kind::Ein, "991234567"),
        ] {
            assert!(UsTin::read(kind, good).is_ok(), "{good}");
        }
        for (kind, bad) in [
            (Kind::Ssn, "000-12-3456"),
            (Kind::Ssn, "666-12-3456"),
            (Kind::Ssn, "900-12-3456"),
            (Kind::Ssn, "912-70-1234"),
            (Kind::Ssn, "536-00-1234"),
            (Kind::Ssn, "536-22-0000"),
            (Kind::Ssn, "078-05-1120"),
            (Kind::Ssn, "53622123"),
            (Kind::Ssn, "536-22-12345"),
            (Kind::Ssn, "536-2a-1234"),
            (Kind::Ssn, "５３６-22-1234"),
            (Kind::Itin, "536-22-1234"),
            (Kind::Itin, "912-49-1234"),
            (Kind::Itin, "912-66-1234"),
            (Kind::Itin, "912-89-1234"),
            (Kind::Itin, "912-93-1234"),
            (Kind::Ein, "07-3456789"),
            (Kind::Ein, "00-0000000"),
            (Kind::Ein, "97-1234567"),
            (Kind::Ein, ""),
        ] {
            let message = UsTin::read(kind, bad).unwrap_err();
            assert!(bad.is_empty() || !message.contains(bad), "{bad}");
        }
    }

    #[test]
    fn it_is_shown_by_its_end() {
        let ssn = UsTin::read(Kind::Ssn, "536221234").unwrap();
        assert_eq!((ssn.written(), ssn.masked()), ("536-22-1234".to_owned(), "***-**-1234".to_owned()));
        assert_eq!(format!("{ssn:?}"), "***-**-1234");
        let ein = UsTin::read(Kind::Ein, "12-3456789").unwrap();
        assert_eq!((ein.written(), ein.masked()), ("12-3456789".to_owned(), "**-***6789".to_owned()));
        assert_eq!(masked_foreign("123.456.789-09"), "****8909");
        assert_eq!(masked_foreign("12345"), "****");
        assert!(read_foreign("529.982.247-25").is_ok() && read_foreign("<b>1234</b>").is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_written_and_read_again(kind in prop::sample::select(&Kind::ALL[..]), text in "[0-9 -]{9,11}") {
            if let Ok(tin) = UsTin::read(kind, &text) {
                prop_assert_eq!(UsTin::read(kind, &tin.written()).unwrap(), tin.clone());
                prop_assert!(!tin.masked().contains(&tin.digits()[..5]));
            }
        }

        #[test]
        fn no_text_panics(kind in prop::sample::select(&Kind::ALL[..]), text in "\\PC{0,14}") {
            drop(UsTin::read(kind, &text));
            drop(read_foreign(&text));
            drop(masked_foreign(&text));
        }
    }
}
