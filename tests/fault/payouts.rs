//! Money on its way out: whatever gets lost, is answered twice, or dies in between, an affiliate is paid once or not at all,
//! and the book says which.

mod at_once;
mod by_hand;
mod by_person;
mod came_back;
mod decided_again;
mod killed;
mod lost_answers;
mod many;
mod no_answer_for_a_day;
mod outcomes;
mod racing_refund;
mod refusals;
mod stopped;
mod two_ledgers;
mod units;
