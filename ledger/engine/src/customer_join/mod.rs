//! Joins of customers: two customers that were reported as the buyer of the same sale. A person reviews what a join
//! would change, and decides whether the two are one customer. The rules are in `history::joins`.

pub mod decide;
pub mod preview;
pub mod read;
pub mod store;
pub mod view;
