//! Texts that a person picks in their assistant to start a piece of work: [`table`] has them, [`fill`] puts a person's
//! arguments in.

pub mod fill;
pub mod table;
