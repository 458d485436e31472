//! What a CRM's automation calls: invite somebody, set a segment, raise a rate, release commissions early.
//!
//! A CRM's webhook action sends one request with what it knows of a person, cares little for answers, sends it again when it
//! is unsure, and may stop for everybody at a 4xx. So each operation is addressed by e-mail, does its work once however
//! often it is asked, and keeps 4xx for what is wrong with the setting: what is true of this person only is an answer with
//! 200 whose `result` tells. [`call`] reads the request in any of the forms in which CRMs send it.

pub mod call;
pub mod invite;
pub mod rate_bump;
pub mod release;
pub mod response;
pub mod segment;
pub mod store;
