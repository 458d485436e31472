//! The questions of an application form: thirteen kinds, in the brand's own words and order. Pure.

use serde::{Deserialize, Serialize};

use kit::{
    error::{Error, Result},
    text::Texts,
};

pub const FIELDS_MAX: usize = 30;
const LABEL_MAX: usize = 120;
const HINT_MAX: usize = 300;
const OPTION_MAX: usize = 120;
const OPTIONS_MAX: usize = 40;

/// The keys of questions whose answers become part of the affiliate, whatever their labels are.
pub const EMAIL: &str = "email";
pub const NAME: &str = "name";
pub const ALIAS: &str = "alias";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Text,
    LongText,
    Email,
    Url,
    Number,
    Date,
    Dropdown,
    Checkboxes,
    Radio,
    Consent,
    Phone,
    Country,
    Address,
}

impl Kind {
    /// Each kind with its name and its title for people.
    pub const ALL: [(Self, &'static str, &'static str); 13] = [
        (Self::Text, "text", "Text"),
        (Self::LongText, "long_text", "Long text"),
        (Self::Email, "email", "Email"),
        (Self::Url, "url", "URL"),
        (Self::Number, "number", "Number"),
        (Self::Date, "date", "Date"),
        (Self::Dropdown, "dropdown", "Dropdown"),
        (Self::Checkboxes, "checkboxes", "Checkboxes (choose several)"),
        (Self::Radio, "radio", "Radio buttons (choose one)"),
        (Self::Consent, "consent", "Consent checkbox"),
        (Self::Phone, "phone", "Phone number"),
        (Self::Country, "country", "Country"),
        (Self::Address, "address", "Mailing address"),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, spelled, _)| *spelled == name).map(|(kind, ..)| kind)
    }

    /// The name in forms and the database.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("text", |(_, spelled, _)| spelled)
    }

    pub fn title(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("Text", |(.., title)| title)
    }

    pub const fn has_options(self) -> bool {
        matches!(self, Self::Dropdown | Self::Checkboxes | Self::Radio)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Identifies the question in forms; stays the same when its label changes.
    pub key: String,
    pub kind: Kind,
    pub label: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

impl Field {
    fn new(key: &str, kind: Kind, label: &str, hint: &str, required: bool) -> Self {
        let (key, label, hint) = (key.to_owned(), label.to_owned(), hint.to_owned());
        Self { key, kind, label, hint, required, options: Vec::new() }
    }

    /// Returns whether the question's answer becomes part of the affiliate.
    pub fn is_fixed(&self) -> bool {
        matches!(self.key.as_str(), EMAIL | NAME | ALIAS)
    }

    /// Returns the label and the hint in a language, as long as they are those of [`usual`]; what a brand wrote itself
    /// stays as it is.
    pub fn in_language(&self, t: Texts) -> (String, String) {
        let usual = usual().into_iter().find(|usual| usual.key == self.key);
        let is_label = usual.as_ref().is_some_and(|usual| usual.label == self.label);
        let is_hint = usual.is_some_and(|usual| usual.hint == self.hint && !usual.hint.is_empty());
        let label = t.say("program-form-label").with("question", &self.key);
        let hint = t.say("program-form-hint").with("question", &self.key);
        (
            if is_label { label.to_string() } else { self.label.clone() },
            if is_hint { hint.to_string() } else { self.hint.clone() },
        )
    }

    /// Returns whether the question may be removed; the one for the affiliate's email may not.
    pub fn may_go(&self) -> bool {
        self.key != EMAIL
    }
}

/// Returns the questions of a new form. A page stores them in English; [`Field::in_language`] translates them.
pub fn usual() -> Vec<Field> {
    vec![
        Field::new(EMAIL, Kind::Email, "Email", "", true),
        Field::new(NAME, Kind::Text, "Full name", "", true),
        Field::new("website", Kind::Url, "Website or channel", "Your site, blog, channel or newsletter.", false),
        Field::new("promotion", Kind::LongText, "How will you promote us?", "", false),
        Field::new(
            ALIAS,
            Kind::Text,
            "Link name",
            "The last part of your link: 3 to 64 letters, digits or hyphens.",
            false,
        ),
    ]
}

/// Creates a new question of a kind, with a unique key.
pub fn new(kind: Kind, label: &str, fields: &[Field]) -> Field {
    let number = (1..).find(|number| fields.iter().all(|field| field.key != format!("q{number}"))).unwrap_or(0);
    Field::new(&format!("q{number}"), kind, label, "", false)
}

/// Validates and normalizes the questions.
///
/// # Errors
/// 400, whose field is `{row}.{what}` with the row counted from 0, or `fields` for all of them.
pub fn checked(fields: Vec<Field>) -> Result<Vec<Field>> {
    if fields.len() > FIELDS_MAX {
        return Err(Error::field("fields", format!("A form can have at most {FIELDS_MAX} questions.")));
    }
    if fields.iter().filter(|field| field.key == EMAIL).count() != 1 {
        return Err(Error::field("fields", "The form must ask for an email address."));
    }
    fields.into_iter().enumerate().map(|(row, field)| one(row, field)).collect()
}

fn one(row: usize, field: Field) -> Result<Field> {
    let wrong = |what: &str, message: String| Error::field(&format!("{row}.{what}"), message);
    let line = |what: &str, text: &str, least: usize, most: usize| {
        let text = text.trim().to_owned();
        let fits = (least..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(text) } else { Err(wrong(what, format!("Enter {least} to {most} characters on one line."))) }
    };
    let label = line("label", &field.label, 1, LABEL_MAX)?;
    let hint = line("hint", &field.hint, 0, HINT_MAX)?;
    let mut options = Vec::new();
    if field.kind.has_options() {
        for option in field.options.iter().filter(|option| !option.trim().is_empty()) {
            let option = line("options", option, 1, OPTION_MAX)?;
            if !options.contains(&option) {
                options.push(option);
            }
        }
        if !(1..=OPTIONS_MAX).contains(&options.len()) {
            return Err(wrong("options", format!("Enter 1 to {OPTIONS_MAX} answers, one per line.")));
        }
    }
    let required = field.required || field.key == EMAIL;
    Ok(Field { key: field.key, kind: field.kind, label, hint, required, options })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::text::Language;

    #[test]
    fn only_what_nobody_changed_is_translated() {
        for field in usual() {
            assert_eq!(field.in_language(Texts::default()), (field.label, field.hint));
        }
        let german = Texts::new(Language::De);
        let mut website = usual().remove(2);
        assert_eq!(website.in_language(german).0, "Website oder Kanal");
        website.label = "Your newsletter".to_owned();
        let (label, hint) = website.in_language(german);
        assert_eq!(label, "Your newsletter");
        assert_eq!(hint, "Deine Website, dein Blog, Kanal oder Newsletter.");
    }

    #[test]
    fn the_usual_form_may_be_kept_and_comes_back_the_same() {
        let kept = checked(usual()).unwrap();
        assert_eq!(kept, usual());
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Field>>(&text).unwrap(), kept);
    }

    #[test]
    fn each_kind_is_spelled_as_it_is_read() {
        for (kind, name, title) in Kind::ALL {
            assert_eq!((Kind::named(name), kind.name(), kind.title()), (Some(kind), name, title));
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
        assert_eq!(Kind::named("file"), None);
    }

    #[test]
    fn a_mistake_names_its_row() {
        let refused = |change: &dyn Fn(&mut Vec<Field>)| {
            let mut fields = usual();
            change(&mut fields);
            checked(fields).unwrap_err().body().field.clone().unwrap()
        };
        assert_eq!(refused(&|fields| fields[2].label = " ".to_owned()), "2.label");
        assert_eq!(refused(&|fields| fields[2].label = "a\nb".to_owned()), "2.label");
        assert_eq!(refused(&|fields| fields[3].kind = Kind::Radio), "3.options");
        assert_eq!(refused(&|fields| drop(fields.remove(0))), "fields");
        assert_eq!(refused(&|fields| fields.extend((0..30).map(|_| fields_like()))), "fields");
    }

    fn fields_like() -> Field {
        Field::new("q", Kind::Text, "Question", "", false)
    }

    #[test]
    fn an_address_is_always_asked_for_and_keys_stay_apart() {
        let mut fields = usual();
        fields[0].required = false;
        assert!(checked(fields).unwrap()[0].required);
        let first = new(Kind::Text, "One", &usual());
        let second = new(Kind::Text, "Two", std::slice::from_ref(&first));
        assert_eq!((first.key.as_str(), second.key.as_str()), ("q1", "q2"));
    }

    #[test]
    fn options_are_told_once() {
        let mut fields = usual();
        fields[3].kind = Kind::Dropdown;
        fields[3].options = ["Blog", "", " Blog ", "Video"].map(str::to_owned).to_vec();
        assert_eq!(checked(fields).unwrap()[3].options, ["Blog", "Video"]);
    }
}
