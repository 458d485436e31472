//! What assistants ask for and a person has to confirm: a call that tells people something, changes what will be earned or
//! decides about money.
//!
//! Such a call runs nothing. [`ask`] checks it as far as it can without an effect ([`check`], [`subject`], [`preview`]) and
//! stores it; the assistant gets the address of a page. There, a signed-in person sees what would happen ([`words`]) and
//! confirms or declines ([`dashboard`]). Then [`run`] calls the operation as that person, once. A page can't be confirmed by
//! the assistant: its token isn't a session. [`tool`] tells the assistant what became of it, and [`job`] deletes old ones.

pub mod ask;
pub mod check;
pub mod dashboard;
pub mod digest;
pub mod exchange;
pub mod job;
pub mod preview;
pub mod run;
pub mod standing;
pub mod store;
pub mod subject;
pub mod tool;
pub mod view;
pub mod words;
