//! Every sealed value of the database, in one place: which columns hold them, with which key each is sealed, and how all
//! of them move to the current key, so that an old one can be dropped.

pub mod command;
pub mod edge;
pub mod registry;
pub mod rotate;
pub mod store;
pub mod tally;
