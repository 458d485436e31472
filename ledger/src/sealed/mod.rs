//! All sealed values of the database: which columns contain them, with which key each is sealed, and how to reseal all
//! of them with the current key, so that an old one can be dropped.

pub mod command;
pub mod edge;
pub mod registry;
pub mod rotate;
pub mod store;
pub mod tally;
