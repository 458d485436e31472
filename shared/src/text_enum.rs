//! Enums whose variants have the same spelling in the database, the public API and the code. With the feature `sqlx`, they
//! are the type of a text column, as in `select status as "status: Status"`.

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

        $crate::stored_as_text!($name);
    };
}

/// Implements what sqlx needs to read an enum from text columns and arrays of text: for each [`text_enum!`], and for enums
/// with another spelling that have `as_str` and `parse`. An unknown value is a decoding error that names it.
#[cfg(feature = "sqlx")]
#[macro_export]
macro_rules! stored_as_text {
    ($name:ident) => {
        impl $crate::sqlx::Type<$crate::sqlx::Postgres> for $name {
            fn type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                <str as $crate::sqlx::Type<$crate::sqlx::Postgres>>::type_info()
            }

            fn compatible(column: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <str as $crate::sqlx::Type<$crate::sqlx::Postgres>>::compatible(column)
            }
        }

        impl $crate::sqlx::postgres::PgHasArrayType for $name {
            fn array_type_info() -> $crate::sqlx::postgres::PgTypeInfo {
                <&str as $crate::sqlx::postgres::PgHasArrayType>::array_type_info()
            }

            fn array_compatible(column: &$crate::sqlx::postgres::PgTypeInfo) -> bool {
                <&str as $crate::sqlx::postgres::PgHasArrayType>::array_compatible(column)
            }
        }

        impl $crate::sqlx::Encode<'_, $crate::sqlx::Postgres> for $name {
            fn encode_by_ref(
                &self,
                buffer: &mut $crate::sqlx::postgres::PgArgumentBuffer,
            ) -> ::std::result::Result<$crate::sqlx::encode::IsNull, $crate::sqlx::error::BoxDynError> {
                <&str as $crate::sqlx::Encode<'_, $crate::sqlx::Postgres>>::encode_by_ref(&self.as_str(), buffer)
            }
        }

        impl<'r> $crate::sqlx::Decode<'r, $crate::sqlx::Postgres> for $name {
            fn decode(
                value: $crate::sqlx::postgres::PgValueRef<'r>,
            ) -> ::std::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                let text = <&str as $crate::sqlx::Decode<'r, $crate::sqlx::Postgres>>::decode(value)?;
                Self::parse(text)
                    .ok_or_else(|| format!("this build knows no {} that is called {text:?}", stringify!($name)).into())
            }
        }
    };
}

/// Without sqlx, nothing is stored.
#[cfg(not(feature = "sqlx"))]
#[macro_export]
macro_rules! stored_as_text {
    ($name:ident) => {};
}
