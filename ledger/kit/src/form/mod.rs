//! Forms of pages: reads what was posted, and shows it again with what is wrong, each problem beside its field.

mod fields;
mod problems;
mod refused;
mod upload;

pub use fields::Fields;
pub use problems::{Problems, field_of, is_mistake, message_for, sentence_for};
pub use refused::Refused;
pub use upload::Upload;
