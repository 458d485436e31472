//! Enums whose variants have the same spelling in the database, the public API and the code.

#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$note])* $variant),*
        }

        impl $name {
            /// As the database and the public API spell it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant)),*
                }
            }

            pub fn parse(text: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|value| value.as_str() == text)
            }
        }
    };
}
