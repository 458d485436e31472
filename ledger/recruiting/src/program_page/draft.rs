//! What the editor's form holds. It is one form with several parts; a part that wasn't sent stays as it is.

use serde::Serialize;
use sha2::{Digest, Sha256};
use shared::{keys::encode_hex, money::Currency, timestamp::Timestamp};

use super::{
    block::Blocks,
    block_form::BlockForm,
    field::{self, Field},
    form_editor::Rows,
    settings,
    store::{Row, Settings},
    terms::{self, Terms},
    view::Offer,
};
use kit::{
    error::{Checks, Result},
    form::Fields,
};

/// The checked parts of the form.
#[derive(Debug)]
pub(super) struct Draft {
    /// The settings, and the program's landing page.
    pub(super) settings: Option<(Settings, Option<String>)>,
    pub(super) blocks: Option<Blocks>,
    pub(super) fields: Option<Vec<Field>>,
    pub(super) terms: Option<String>,
    /// The part of the page to show afterwards.
    pub(super) part: &'static str,
}

/// The settings, and the program's landing page, as the editor shows them.
pub(super) fn shown_settings(row: &Row, destination: Option<&str>) -> Vec<(&'static str, String)> {
    let auto_approve = if row.auto_approve { "yes" } else { "" };
    vec![
        ("handle", row.handle.clone()),
        ("headline", row.headline.clone()),
        ("introduction", row.introduction.clone()),
        ("color", row.color.clone().unwrap_or_default()),
        ("destination", destination.unwrap_or_default().to_owned()),
        ("autoApprove", auto_approve.to_owned()),
    ]
}

/// The larger parts as the editor shows them: a digest of each, by which one that is untouched is recognized.
pub(super) fn shown_parts(row: &Row, terms: &str) -> Vec<(&'static str, String)> {
    vec![("blocks", digest(&row.blocks)), ("questions", digest(&row.fields)), ("terms", digest(terms))]
}

fn digest<T: Serialize + ?Sized>(part: &T) -> String {
    let text = serde_json::to_vec(part).unwrap_or_default();
    let hash: [u8; 32] = Sha256::digest(text).into();
    encode_hex(&hash)
}

/// A part of the form, unless it is what the editor showed. To save it would only take back what someone else changed
/// meanwhile.
fn touched<T: Serialize>(form: &Fields, name: &str, part: Option<T>) -> Option<T> {
    part.filter(|part| form.raw(&format!("was.{name}")) != digest(part))
}

/// Checks the form, after its button's action.
///
/// # Errors
/// 400 naming every wrong field.
pub(super) fn read(form: &Fields, row: &Row, currency: Currency, is_development: bool) -> Result<Draft> {
    let mut checks = Checks::default();
    let mut part = "";
    let settings = form.sent("handle").and_then(|_| {
        let settings = checks.maybe(settings::checked(form));
        let destination = checks.maybe(settings::checked_destination(form, is_development));
        settings.zip(destination)
    });
    let blocks = BlockForm::of_fields(form).and_then(|mut blocks| {
        if blocks.press(form.raw("do")) {
            part = "#blocks";
        }
        checks.maybe(blocks.read(currency))
    });
    let fields = form.sent("key_0").and_then(|_| {
        let (rows, shown) = checks.maybe(Rows::read(form, &row.fields).doing(form.raw("do")))?;
        part = shown.unwrap_or(part);
        checks.maybe(field::checked(rows.fields))
    });
    let terms = form.sent("terms").and_then(|typed| checks.maybe(terms::checked(typed)));
    checks.end()?;
    let (blocks, fields) = (touched(form, "blocks", blocks), touched(form, "questions", fields));
    Ok(Draft { settings, blocks, fields, terms: touched(form, "terms", terms), part })
}

/// Shows what the form holds instead of what is saved. What can't be shown as it is typed stays as it is saved.
///
/// # Errors
/// 500 if the calculator's commissions exceed 64 bits.
pub(super) fn show(form: &Fields, offer: &mut Offer, now: Timestamp) -> Result<()> {
    if form.sent("handle").is_some() {
        let typed = settings::typed(form);
        offer.row.headline = typed.headline;
        offer.row.introduction = typed.introduction;
        offer.row.auto_approve = typed.auto_approve;
    }
    if let Some(typed) = BlockForm::of_fields(form) {
        let saved = || Blocks { order: typed.order.clone(), ..offer.row.blocks.clone() };
        let blocks = typed.read(offer.currency).unwrap_or_else(|_| saved());
        offer.set_blocks(blocks)?;
    }
    if form.sent("key_0").is_some() {
        offer.row.fields = Rows::read(form, &offer.row.fields).fields;
    }
    if let Some(body) = form.sent("terms").and_then(|typed| terms::checked(typed).ok()) {
        let (version, since) = offer.terms.as_ref().map_or((1, now), |terms| (terms.version, terms.since));
        offer.terms = Some(Terms { version, body, since }).filter(|terms| !terms.body.is_empty());
    }
    Ok(())
}
