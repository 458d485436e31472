//! What people add to the ledger themselves: a bonus or an adjustment for an affiliate, and a sale that nothing
//! reported. Each is asked about with its amount, and booked once however often its form is sent.

pub mod bonus;
pub mod sale;
pub mod store;

use kit::form::Fields;

/// A field of the form as it was typed, to be sent again by the question.
pub type Sent = (String, String);

/// How long a form that was sent stays known.
pub const DAYS: i64 = 30;

/// The fields that the question sends again.
pub fn sent(fields: &Fields, names: &[&str]) -> Vec<Sent> {
    names.iter().map(|name| ((*name).to_owned(), fields.raw(name).to_owned())).collect()
}
