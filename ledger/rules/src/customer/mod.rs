//! Names that are no one: placeholder ids, and mailboxes that several people read.

pub mod names;
