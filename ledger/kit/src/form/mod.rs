//! Forms of pages: reads what was posted, and shows it again with what is wrong, each problem beside its field.

mod fields;
mod problems;
mod refused;
mod upload;

pub use crate::error::{field_of, message_for, sentence_for};
pub use fields::Fields;
pub use problems::{Problems, is_mistake};
pub use refused::Refused;
pub use upload::Upload;
