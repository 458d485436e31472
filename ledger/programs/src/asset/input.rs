//! Validates an asset's texts, the same for the dashboard's form and the API. Pure.

use shared::id::ProgramId;
use url::Url;

use super::{kind, store::Form};
use kit::form::{Problems, Upload};

pub const TITLE_MAX: usize = 120;
pub const BODY_MAX: usize = 5_000;
const URL_MAX: usize = 2_000;

/// A validated asset. A text or link has a body, a file a kind.
#[derive(Debug)]
pub struct AssetInput {
    pub form: Form,
    pub title: String,
    pub program: Option<ProgramId>,
    pub body: Option<String>,
    pub kind: Option<kind::Kind>,
}

impl AssetInput {
    /// Reads the dashboard's form.
    ///
    /// # Errors
    /// What is wrong with the first wrong field.
    pub(super) fn read(sent: &Upload) -> Result<Self, Problems> {
        let fields = &sent.fields;
        let form = Form::parse(fields.raw("kind")).unwrap_or(Form::File);
        if sent.too_large {
            return Err(Problems::at("file", "The file is larger than 5 MB. Choose a smaller one, or add a link."));
        }
        let title = fields.line("title", "a title", TITLE_MAX)?;
        let program = match fields.raw("program") {
            "" => None,
            id => Some(id.parse().map_err(|_| Problems::at("program", "Choose one of your programs."))?),
        };
        let (body, kind) = match form {
            Form::File => (None, Some(kind::of(&sent.file).map_err(|why| Problems::at("file", why))?)),
            Form::Text => (Some(text(fields.raw("body")).map_err(|why| Problems::at("body", why))?), None),
            Form::Link => (Some(address(fields.text("address")).map_err(|why| Problems::at("address", why))?), None),
        };
        Ok(Self { form, title, program, body, kind })
    }
}

/// # Errors
/// What is wrong, as a sentence.
pub fn text(given: &str) -> Result<String, String> {
    let text = given.trim().replace("\r\n", "\n");
    let plain = |character: char| !character.is_control() || character == '\n' || character == '\t';
    if !(1..=BODY_MAX).contains(&text.chars().count()) || !text.chars().all(plain) {
        return Err(format!("Enter 1 to {BODY_MAX} characters of plain text."));
    }
    Ok(text)
}

/// # Errors
/// What is wrong, as a sentence.
pub fn address(given: &str) -> Result<String, String> {
    let url = Url::parse(given).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
    let fits = |url: &Url| url.username().is_empty() && url.password().is_none() && url.as_str().len() <= URL_MAX;
    let url = url.filter(fits).ok_or("Enter a full URL, such as https://brand.com/press-kit.")?;
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)], file: &[u8]) -> Upload {
        Upload { fields: fields.iter().copied().collect(), file: file.to_vec(), too_large: false }
    }

    #[test]
    fn each_kind_asks_for_its_own_field() {
        let png = sent(&[("kind", "File"), ("title", "Banner")], b"\x89PNG\r\n\x1a\n");
        assert_eq!(
            AssetInput::read(&png).unwrap_or_else(|_| panic!("a picture")).kind.map(|kind| kind.ending),
            Some("png")
        );
        for (fields, at) in [
            (&[("kind", "File"), ("title", "Banner")][..], "file"),
            (&[("kind", "Text"), ("title", "Bio")], "body"),
            (&[("kind", "Link"), ("title", "Kit"), ("address", "javascript:alert(1)")], "address"),
            (&[("kind", "Link"), ("title", "Kit"), ("address", "https://a@evil.test/")], "address"),
            (&[("kind", "Text"), ("body", "x")], "title"),
            (&[("kind", "Text"), ("title", "Bio"), ("body", "x"), ("program", "x")], "program"),
        ] {
            let problems = AssetInput::read(&sent(fields, b"")).err();
            assert!(problems.is_some_and(|problems| problems.of(at).is_some()), "{fields:?}");
        }
    }
}
