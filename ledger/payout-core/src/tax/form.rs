//! Tax forms: what all kinds have in common.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    address::Address,
    expiry,
    field::{Given, Mistake, Reader, as_text, form_day},
    tin::{self, UsTin},
    uploaded::Uploaded,
    w8ben::W8ben,
    w8bene::W8bene,
    w9::W9,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    W9,
    #[serde(rename = "W8BEN")]
    W8ben,
    #[serde(rename = "W8BENE")]
    W8bene,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::W9, Self::W8ben, Self::W8bene];

    /// The name in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::W9 => "W9",
            Self::W8ben => "W8BEN",
            Self::W8bene => "W8BENE",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The form's official name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::W9 => "W-9",
            Self::W8ben => "W-8BEN",
            Self::W8bene => "W-8BEN-E",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::W9 => "Request for Taxpayer Identification Number and Certification",
            Self::W8ben => {
                "Certificate of Foreign Status of Beneficial Owner for United States Tax Withholding and Reporting \
                 (Individuals)"
            }
            Self::W8bene => {
                "Certificate of Status of Beneficial Owner for United States Tax Withholding and Reporting (Entities)"
            }
        }
    }

    /// The edition of the form.
    pub const fn revision(self) -> &'static str {
        match self {
            Self::W9 => "Rev. March 2024",
            Self::W8ben | Self::W8bene => "Rev. October 2021",
        }
    }

    /// Who files this form, in a few words.
    pub const fn whose(self) -> &'static str {
        match self {
            Self::W9 => "U.S. people and companies",
            Self::W8ben => "people outside the United States",
            Self::W8bene => "companies and other entities outside the United States",
        }
    }

    /// What the signer declares under penalties of perjury, sentence by sentence.
    pub const fn certification(self) -> &'static [&'static str] {
        match self {
            Self::W9 => super::w9::CERTIFICATION,
            Self::W8ben => super::w8ben::CERTIFICATION,
            Self::W8bene => super::w8bene::CERTIFICATION,
        }
    }
}

shared::stored_as_text!(Kind);

/// What the signer agrees to in addition, so that a typed name counts as a signature (15 U.S.C. 7001).
pub const CONSENT: &str = "I agree to sign electronically. My typed name is as binding as a handwritten signature, and \
                           I agree that this form is stored and shared with the brand electronically.";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// As typed.
    pub name: String,
    /// The title of a person who signs for an entity.
    pub title: Option<String>,
    #[serde(with = "as_text")]
    pub date: Date,
}

/// Reads certification, typed name and consent. `of` is the required name if a person signs for themselves.
pub(super) fn signed(reader: &mut Reader<'_>, of: Option<&str>, today: Date) -> Signature {
    reader.ticked("certify", "Read the certification and check the box. The form isn't valid without it.");
    reader.ticked("consent", "Agree to sign electronically, or upload a form you signed on paper.");
    let name = reader.text("signature", 100, "Type your full name as your signature.");
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if let Some(of) = of
        && !name.is_empty()
        && plain(of) != plain(&name)
    {
        reader.wrong(
            "signature",
            "Type the same name as at the top of the form. If someone signs for you, upload the form instead.",
        );
    }
    let title = if of.is_none() {
        Some(reader.text("signatureTitle", 100, "Enter your title at the entity, such as director or owner."))
    } else {
        None
    };
    Signature { name, title, date: today }
}

/// A line of a form, as shown and printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Such as `3a`, or `Part I`.
    pub number: &'static str,
    pub label: &'static str,
    pub value: String,
}

impl Line {
    pub fn new(number: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self { number, label, value: value.into() }
    }
}

/// Whether numbers are shown in full or only by their last digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Whole,
    Masked,
}

impl Shown {
    pub fn us(self, tin: &UsTin) -> String {
        match self {
            Self::Whole => format!("{} {}", tin.kind.as_str(), tin.written()),
            Self::Masked => format!("{} {}", tin.kind.as_str(), tin.masked()),
        }
    }

    pub fn foreign(self, number: &str) -> String {
        match self {
            Self::Whole => number.to_owned(),
            Self::Masked => tin::masked_foreign(number),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form")]
pub enum Form {
    W9(W9),
    W8ben(W8ben),
    W8bene(W8bene),
    /// The data submitted with an uploaded PDF.
    Uploaded(Uploaded),
}

impl Form {
    /// Reads a guided form, signed today.
    ///
    /// # Errors
    /// Every invalid field, and how to fix it.
    pub fn read(kind: Kind, given: &dyn Given, today: Date) -> Result<Self, Vec<Mistake>> {
        Ok(match kind {
            Kind::W9 => Self::W9(W9::read(given, today)?),
            Kind::W8ben => Self::W8ben(W8ben::read(given, today)?),
            Kind::W8bene => Self::W8bene(W8bene::read(given, today)?),
        })
    }

    pub const fn kind(&self) -> Kind {
        match self {
            Self::W9(_) => Kind::W9,
            Self::W8ben(_) => Kind::W8ben,
            Self::W8bene(_) => Kind::W8bene,
            Self::Uploaded(form) => form.kind,
        }
    }

    /// Line 1 of every form.
    pub fn name(&self) -> &str {
        match self {
            Self::W9(form) => &form.name,
            Self::W8ben(form) => &form.name,
            Self::W8bene(form) => &form.name,
            Self::Uploaded(form) => &form.name,
        }
    }

    /// W-9, line 2.
    pub fn business_name(&self) -> Option<&str> {
        match self {
            Self::W9(form) => form.business_name.as_deref(),
            Self::W8ben(_) | Self::W8bene(_) | Self::Uploaded(_) => None,
        }
    }

    pub const fn us_tin(&self) -> Option<&UsTin> {
        match self {
            Self::W9(form) => Some(&form.tin),
            Self::W8ben(form) => form.us_tin.as_ref(),
            Self::W8bene(form) => form.us_tin.as_ref(),
            Self::Uploaded(form) => form.us_tin.as_ref(),
        }
    }

    /// The last four characters of its taxpayer number; empty if it has none.
    pub fn tin_hint(&self) -> String {
        let foreign = match self {
            Self::W8ben(form) => form.foreign_tin.as_deref(),
            Self::W8bene(form) => form.foreign_tin.as_deref(),
            Self::Uploaded(form) => form.foreign_tin.as_deref(),
            Self::W9(_) => None,
        };
        let number = self.us_tin().map(UsTin::digits).or(foreign);
        number.map(tin::last_four).unwrap_or_default()
    }

    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::W9(form) => Some(&form.address),
            Self::W8ben(form) => Some(&form.address),
            Self::W8bene(form) => Some(&form.address),
            Self::Uploaded(form) => form.address.as_ref(),
        }
    }

    /// Two-letter code.
    pub fn country(&self) -> &str {
        match self {
            Self::Uploaded(form) => &form.country,
            _ => self.address().map_or("US", |address| address.country.as_str()),
        }
    }

    /// Returns whether it is a C or S corporation, for which no 1099-NEC is filed (Instructions for Forms 1099-MISC and
    /// 1099-NEC, "Exceptions").
    pub const fn is_corporation(&self) -> bool {
        match self {
            Self::W9(form) => form.classification.is_corporation(),
            Self::Uploaded(form) => match form.classification {
                Some(class) => class.is_corporation(),
                None => false,
            },
            Self::W8ben(_) | Self::W8bene(_) => false,
        }
    }

    /// Returns whether item 2 of a W-9's certification is crossed out.
    pub const fn is_subject_to_withholding(&self) -> bool {
        match self {
            Self::W9(form) => form.subject_to_withholding,
            Self::Uploaded(form) => form.subject_to_withholding,
            Self::W8ben(_) | Self::W8bene(_) => false,
        }
    }

    pub const fn signed_on(&self) -> Date {
        match self {
            Self::W9(form) => form.signature.date,
            Self::W8ben(form) => form.signature.date,
            Self::W8bene(form) => form.signature.date,
            Self::Uploaded(form) => form.signed_on,
        }
    }

    /// The last day of its validity; `None` for a W-9.
    pub fn expires_on(&self) -> Option<Date> {
        (self.kind() != Kind::W9).then(|| expiry::of_w8(self.signed_on()))
    }

    /// All of its contents, line by line.
    pub fn lines(&self, shown: Shown) -> Vec<Line> {
        let (mut lines, signature) = match self {
            Self::W9(form) => (form.lines(shown), &form.signature),
            Self::W8ben(form) => (form.lines(shown), &form.signature),
            Self::W8bene(form) => (form.lines(shown), &form.signature),
            Self::Uploaded(form) => return form.lines(shown),
        };
        let by = signature.title.as_ref().map_or_else(String::new, |title| format!(", {title}"));
        lines.push(Line::new("Sign here", "Signed electronically by", format!("{}{by}", signature.name)));
        lines.push(Line::new("Date", "Date (MM-DD-YYYY)", form_day(signature.date)));
        lines
    }
}
