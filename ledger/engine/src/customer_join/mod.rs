//! Joins of customers: two that were reported as the buyer of one sale. A person looks at what a join would change, and
//! says whether the two are one customer. `history::joins` has the rules.

pub mod decide;
pub mod preview;
pub mod read;
pub mod store;
pub mod view;
