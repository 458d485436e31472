//! What assistants request and a person has to confirm: a call that tells people something, changes who will earn what, or
//! decides about money.
//!
//! Such a call runs nothing. [`create`] checks it as far as it can without an effect ([`check`], [`subject`], [`preview`]),
//! stores it, and says where a person confirms it. Where the host can show a dialog ([`elicitation`]), the same call comes
//! back with what a person answered ([`reply`]) and with a text that only we can make ([`request_state`]). Everyone else,
//! and everything about money, gets the address of a page, where a signed-in person sees what would happen ([`effect`],
//! [`words`]) and decides ([`dashboard`]). If it would do something else than when it was requested, it is void. Otherwise
//! [`run`] calls the operation as that person, once. No argument confirms anything, and an assistant's token isn't a
//! session. [`tool`] says what became of it, [`list`] shows those that wait, and [`job`] deletes old ones.

pub mod check;
pub mod create;
pub mod dashboard;
pub mod digest;
pub mod effect;
pub mod elicitation;
pub mod exchange;
pub mod job;
pub mod list;
pub mod preview;
pub mod reply;
pub mod request_state;
pub mod run;
pub mod status;
pub mod store;
pub mod subject;
pub mod tool;
pub mod view;
pub mod words;
