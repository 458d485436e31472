//! Stores this crate's types in Postgres: ids as `uuid`, times as `timestamptz`. The workspace's `sqlx.toml` maps the
//! columns.

use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    id::{Id, Kind},
    timestamp::Timestamp,
};

impl<K> Type<Postgres> for Id<K> {
    fn type_info() -> PgTypeInfo {
        <Uuid as Type<Postgres>>::type_info()
    }
}

impl<K: Kind> Encode<'_, Postgres> for Id<K> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.uuid().encode_by_ref(buffer)
    }

    fn size_hint(&self) -> usize {
        size_of::<Uuid>()
    }
}

impl<'r, K: Kind> Decode<'r, Postgres> for Id<K> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Uuid::decode(value).map(Self::new)
    }
}

impl Type<Postgres> for Timestamp {
    fn type_info() -> PgTypeInfo {
        <OffsetDateTime as Type<Postgres>>::type_info()
    }
}

impl PgHasArrayType for Timestamp {
    fn array_type_info() -> PgTypeInfo {
        <OffsetDateTime as PgHasArrayType>::array_type_info()
    }
}

impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.to_date_time().encode_by_ref(buffer)
    }

    fn size_hint(&self) -> usize {
        size_of::<i64>()
    }
}

/// Truncated to milliseconds.
impl<'r> Decode<'r, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        OffsetDateTime::decode(value).map(Self::from_date_time)
    }
}
