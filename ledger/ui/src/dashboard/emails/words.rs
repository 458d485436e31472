//! An email's words: which email it is, what it says now, and how a brand changes it. The page and the API share this.

use serde_json::{Value, json};

use super::samples::sample;
use identity::{
    audit::Entry,
    notification::{store, wording_store},
};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    mail::{Branding, EmailContent, EmailKind, Wording},
    text::Language,
};
use shared::timestamp::Timestamp;

/// An email in a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which {
    pub(super) kind: EmailKind,
    pub(super) language: Language,
}

impl Which {
    /// The standard language is English.
    ///
    /// # Errors
    /// 404 for a kind whose words can't be changed.
    pub(super) fn read(kind: &str, language: Option<&str>) -> Result<Self> {
        let kind = EmailKind::parse(kind).filter(|kind| kind.is_editable()).ok_or_else(Error::not_found)?;
        Ok(Self { kind, language: language.and_then(Language::parse).unwrap_or_default() })
    }

    fn audited(self, wording: Option<&Wording>) -> Value {
        let (kind, language) = (self.kind.as_str(), self.language.as_str());
        match wording {
            Some(own) => json!({
                "email": kind, "language": language,
                "subject": own.subject, "opening": own.opening, "button": own.button,
            }),
            None => json!({"email": kind, "language": language}),
        }
    }
}

/// An email as it is now.
pub(super) struct Loaded {
    look: Branding,
    /// A sample in our own words.
    pub(super) content: EmailContent,
    /// The brand's own words.
    pub(super) own: Option<Wording>,
}

impl Loaded {
    fn of(look: &Branding, which: Which, own: Option<Wording>) -> Result<Self> {
        let look = Branding { wordings: Vec::new(), ..look.clone() }.in_language(Some(which.language.as_str()));
        let content = sample(&look, which.kind).ok_or_else(Error::not_found)?;
        Ok(Self { look, content, own })
    }

    /// The sample in these words.
    pub(super) fn worded(&self, which: Which, wording: Option<Wording>) -> Result<EmailContent> {
        let look = Branding { wordings: wording.into_iter().collect(), ..self.look.clone() };
        Ok(sample(&look, which.kind).ok_or_else(Error::not_found)?.worded(which.kind))
    }

    /// Validates subject, opening and button, each of which may be blank. `None` if all are.
    ///
    /// # Errors
    /// 400 naming each field.
    pub(super) fn checked(&self, which: Which, given: (&str, &str, &str)) -> Result<Option<Wording>> {
        let wording = Wording::checked(which.kind, given, &self.content.variables())?;
        Ok(Some(wording).filter(|wording| !wording.is_empty()))
    }
}

/// # Errors
/// 404 for an organization that doesn't exist.
pub(super) async fn load(tx: &mut TenantTx, which: Which) -> Result<Loaded> {
    Ok(load_all(tx, which.language, &[which.kind]).await?.pop().ok_or_else(Error::not_found)?.1)
}

/// These emails in one language, in the same order.
///
/// # Errors
/// As [`load`].
pub(super) async fn load_all(
    tx: &mut TenantTx,
    language: Language,
    kinds: &[EmailKind],
) -> Result<Vec<(Which, Loaded)>> {
    let organization = tx.organization();
    let look = store::branding(tx, organization).await?.ok_or_else(Error::not_found)?;
    let own = wording_store::of_language(tx, organization, language.as_str()).await?;
    let one = |kind: &EmailKind| {
        let which = Which { kind: *kind, language };
        let own = own.iter().find(|own| own.kind == *kind).cloned();
        Ok((which, Loaded::of(&look, which, own)?))
    };
    kinds.iter().map(one).collect()
}

/// Saves the words, or goes back to ours. Returns the audit entry if something changed.
///
/// # Errors
/// Those of the database.
pub(super) async fn save(
    tx: &mut TenantTx,
    which: Which,
    wording: Option<&Wording>,
    now: Timestamp,
) -> Result<Option<Entry>> {
    let (organization, language) = (tx.organization(), which.language.as_str());
    let own = wording_store::of_language(tx, organization, language).await?;
    let own = own.iter().find(|own| own.kind == which.kind);
    if wording == own {
        return Ok(None);
    }
    let action = match wording {
        Some(wording) => {
            wording_store::save(tx, wording, language, now).await?;
            "organization.email_changed"
        }
        None => {
            wording_store::reset(tx, which.kind, language).await?;
            "organization.email_reset"
        }
    };
    Ok(Some(Entry::new(action, organization).before(which.audited(own)).after(which.audited(wording))))
}
