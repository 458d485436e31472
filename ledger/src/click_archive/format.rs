//! The Parquet file of an archive: written in groups of rows, so that one group is in memory, and read group by group.
//! Pure, but for the file that is read.
//!
//! Parquet is what other programs read, too: what `rekomi clicks export` writes has names and types for them.

use std::{fs::File, sync::Arc};

use parquet::{
    basic::{Compression, Encoding, ZstdLevel},
    column::reader::get_typed_column_reader,
    data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int64Type},
    errors::{ParquetError, Result},
    file::{
        properties::{EnabledStatistics, WriterProperties},
        reader::{ChunkReader, FileReader, RowGroupReader},
        serialized_reader::SerializedFileReader,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use uuid::Uuid;

use super::row::{COLUMNS, Row, Totals};

/// The version of [`SCHEMA`]. Another order, name or type of a column needs another version, which `restore` must know.
pub const FORMAT: i16 = 1;
/// The most rows of a group.
pub const GROUP: usize = 65_536;
const ZSTD_LEVEL: i32 = 3;

/// The order of the columns is that of [`Totals::columns`].
const SCHEMA: &str = "message clicks {
    required fixed_len_byte_array(16) id (UUID);
    required int64 clicked_at (TIMESTAMP(MICROS,true));
    required fixed_len_byte_array(16) link_id (UUID);
    required fixed_len_byte_array(16) program_id (UUID);
    required fixed_len_byte_array(16) affiliate_id (UUID);
    required binary class (STRING);
    required binary source (STRING);
    optional binary country (STRING);
    optional binary referrer_host (STRING);
    required binary device (STRING);
    optional binary visitor (STRING);
    optional fixed_len_byte_array(16) previous (UUID);
    optional binary landing (STRING);
    required int64 digest;
}";

/// Values that hardly repeat: a dictionary of them would only cost.
const WITHOUT_DICTIONARY: [&str; 4] = ["id", "clicked_at", "previous", "digest"];

/// Writes a file. What is finished of it is taken out with each group.
pub struct Writer {
    inner: SerializedFileWriter<Vec<u8>>,
}

impl Writer {
    pub fn new() -> Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("rekomi ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_dictionary_enabled(true)
            // Each is a little later than the one before.
            .set_column_encoding(ColumnPath::from("clicked_at"), Encoding::DELTA_BINARY_PACKED);
        for name in WITHOUT_DICTIONARY {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
        }
        Ok(Self { inner: SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))? })
    }

    /// Writes a group, and returns the bytes that come next in the file.
    pub fn group(&mut self, rows: &[Row]) -> Result<Vec<u8>> {
        let mut group = self.inner.next_row_group()?;
        let ids = |of: fn(&Row) -> Uuid| rows.iter().map(|row| fixed(of(row))).collect::<Vec<_>>();
        let texts = |of: fn(&Row) -> &String| rows.iter().map(|row| binary(of(row))).collect::<Vec<_>>();
        let maybe = |of: fn(&Row) -> &Option<String>| present(rows, |row| of(row).as_deref().map(binary));
        column::<FixedLenByteArrayType>(&mut group, &ids(|row| row.id), None)?;
        column::<Int64Type>(&mut group, &rows.iter().map(|row| row.clicked_at).collect::<Vec<_>>(), None)?;
        column::<FixedLenByteArrayType>(&mut group, &ids(|row| row.link), None)?;
        column::<FixedLenByteArrayType>(&mut group, &ids(|row| row.program), None)?;
        column::<FixedLenByteArrayType>(&mut group, &ids(|row| row.affiliate), None)?;
        column::<ByteArrayType>(&mut group, &texts(|row| &row.class), None)?;
        column::<ByteArrayType>(&mut group, &texts(|row| &row.source), None)?;
        optional::<ByteArrayType>(&mut group, &maybe(|row| &row.country))?;
        optional::<ByteArrayType>(&mut group, &maybe(|row| &row.referrer_host))?;
        column::<ByteArrayType>(&mut group, &texts(|row| &row.device), None)?;
        optional::<ByteArrayType>(&mut group, &maybe(|row| &row.visitor))?;
        optional::<FixedLenByteArrayType>(&mut group, &present(rows, |row| row.previous.map(fixed)))?;
        optional::<ByteArrayType>(&mut group, &maybe(|row| &row.landing))?;
        column::<Int64Type>(&mut group, &rows.iter().map(|row| row.digest).collect::<Vec<_>>(), None)?;
        group.close()?;
        self.inner.flush()?;
        Ok(std::mem::take(self.inner.inner_mut()))
    }

    /// Ends the file, and returns its last bytes.
    pub fn finish(self) -> Result<Vec<u8>> {
        self.inner.into_inner()
    }
}

fn fixed(id: Uuid) -> FixedLenByteArray {
    FixedLenByteArray::from(id.as_bytes().to_vec())
}

fn binary(text: impl AsRef<str>) -> ByteArray {
    ByteArray::from(text.as_ref().as_bytes().to_vec())
}

/// The values that there are, and for each row whether it has one.
fn present<T>(rows: &[Row], of: impl Fn(&Row) -> Option<T>) -> (Vec<T>, Vec<i16>) {
    let (mut values, mut levels) = (Vec::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        let value = of(row);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    (values, levels)
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let Some(mut column) = group.next_column()? else { return Err(other("there is no such column")) };
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn optional<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    (values, levels): &(Vec<T::T>, Vec<i16>),
) -> Result<()> {
    column::<T>(group, values, Some(levels))
}

fn other(message: &str) -> ParquetError {
    ParquetError::General(message.to_owned())
}

/// The number of groups of a file.
pub fn groups(file: File) -> Result<usize> {
    Ok(SerializedFileReader::new(file)?.num_row_groups())
}

/// Reads one group.
pub fn read_group<R: ChunkReader + 'static>(file: R, group: usize) -> Result<Vec<Row>> {
    let reader = SerializedFileReader::new(file)?;
    if group >= reader.num_row_groups() {
        return Err(other("there is no such group"));
    }
    rows(reader.get_row_group(group)?.as_ref())
}

/// Reads all groups, one after the other, and adds up what they hold.
pub fn totals<R: ChunkReader + 'static>(file: R) -> Result<Totals> {
    let reader = SerializedFileReader::new(file)?;
    let mut totals = Totals::default();
    for group in 0..reader.num_row_groups() {
        rows(reader.get_row_group(group)?.as_ref())?.iter().for_each(|row| totals.add(row));
    }
    Ok(totals)
}

fn rows(group: &dyn RowGroupReader) -> Result<Vec<Row>> {
    if group.num_columns() != COLUMNS {
        return Err(other("the file has other columns"));
    }
    let mut ids = Ids::read(group, 0)?;
    let mut times = required::<Int64Type>(group, 1)?.into_iter();
    let (mut links, mut programs) = (Ids::read(group, 2)?, Ids::read(group, 3)?);
    let mut affiliates = Ids::read(group, 4)?;
    let (mut classes, mut sources) = (Texts::read(group, 5)?, Texts::read(group, 6)?);
    let (mut countries, mut referrers) = (Texts::read(group, 7)?, Texts::read(group, 8)?);
    let (mut devices, mut visitors) = (Texts::read(group, 9)?, Texts::read(group, 10)?);
    let (mut previous, mut landings) = (Ids::read(group, 11)?, Texts::read(group, 12)?);
    let mut digests = required::<Int64Type>(group, 13)?.into_iter();
    let count = usize::try_from(group.metadata().num_rows()).map_err(|_| other("a group has too many rows"))?;
    let mut rows = Vec::with_capacity(count.min(GROUP));
    for _ in 0..count {
        rows.push(Row {
            id: ids.required()?,
            clicked_at: times.next().ok_or_else(short)?,
            link: links.required()?,
            program: programs.required()?,
            affiliate: affiliates.required()?,
            class: classes.required()?,
            source: sources.required()?,
            country: countries.next_text()?,
            referrer_host: referrers.next_text()?,
            device: devices.required()?,
            visitor: visitors.next_text()?,
            previous: previous.next_id()?,
            landing: landings.next_text()?,
            digest: digests.next().ok_or_else(short)?,
        });
    }
    Ok(rows)
}

fn short() -> ParquetError {
    other("a column has fewer values than the group has rows")
}

/// A column's values, and for each row whether it has one; without levels each has.
fn read<T: DataType>(group: &dyn RowGroupReader, column: usize) -> Result<(Vec<T::T>, Vec<i16>)> {
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(column)?);
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    loop {
        let (records, ..) = reader.read_records(GROUP, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Ok((values, levels));
        }
    }
}

fn required<T: DataType>(group: &dyn RowGroupReader, column: usize) -> Result<Vec<T::T>> {
    Ok(read::<T>(group, column)?.0)
}

/// The values of a column in the order of its rows.
struct Values<T> {
    values: std::vec::IntoIter<T>,
    /// Empty if each row has a value.
    levels: std::vec::IntoIter<i16>,
    is_optional: bool,
}

type Ids = Values<FixedLenByteArray>;
type Texts = Values<ByteArray>;

impl<T> Values<T> {
    fn of((values, levels): (Vec<T>, Vec<i16>)) -> Self {
        Self { is_optional: !levels.is_empty(), values: values.into_iter(), levels: levels.into_iter() }
    }

    fn take(&mut self) -> Result<Option<T>> {
        if self.is_optional && self.levels.next().ok_or_else(short)? == 0 {
            return Ok(None);
        }
        self.values.next().map(Some).ok_or_else(short)
    }
}

impl Ids {
    fn read(group: &dyn RowGroupReader, column: usize) -> Result<Self> {
        Ok(Self::of(read::<FixedLenByteArrayType>(group, column)?))
    }

    fn next_id(&mut self) -> Result<Option<Uuid>> {
        let Some(value) = self.take()? else { return Ok(None) };
        Uuid::from_slice(value.data()).map(Some).map_err(|_| other("an id has another length"))
    }

    fn required(&mut self) -> Result<Uuid> {
        self.next_id()?.ok_or_else(short)
    }
}

impl Texts {
    fn read(group: &dyn RowGroupReader, column: usize) -> Result<Self> {
        Ok(Self::of(read::<ByteArrayType>(group, column)?))
    }

    fn next_text(&mut self) -> Result<Option<String>> {
        let Some(value) = self.take()? else { return Ok(None) };
        String::from_utf8(value.data().to_vec()).map(Some).map_err(|_| other("a text isn't UTF-8"))
    }

    fn required(&mut self) -> Result<String> {
        self.next_text()?.ok_or_else(short)
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Writer").field("bytes", &self.inner.bytes_written()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::click_archive::row::tests::row;

    /// A file with these groups, in the folder for temporary files, where it has no name any more.
    fn file(groups: &[Vec<Row>]) -> File {
        let path = std::env::temp_dir().join(format!("rekomi-parquet-{:016x}", rand::random::<u64>()));
        let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        let mut writer = Writer::new().unwrap();
        for group in groups {
            file.write_all(&writer.group(group).unwrap()).unwrap();
        }
        file.write_all(&writer.finish().unwrap()).unwrap();
        file
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(written in vec(vec(row(), 1..40), 0..4)) {
            let file = file(&written);
            prop_assert_eq!(groups(file.try_clone().unwrap()).unwrap(), written.len());
            let mut expected = Totals::default();
            for (number, rows) in written.iter().enumerate() {
                prop_assert_eq!(&read_group(file.try_clone().unwrap(), number).unwrap(), rows);
                rows.iter().for_each(|row| expected.add(row));
            }
            prop_assert_eq!(totals(file).unwrap(), expected);
        }
    }

    #[test]
    fn another_file_is_refused() {
        let path = std::env::temp_dir().join(format!("rekomi-parquet-{:016x}", rand::random::<u64>()));
        std::fs::write(&path, b"PAR1 is only its beginning").unwrap();
        assert!(totals(File::open(&path).unwrap()).is_err());
        std::fs::remove_file(path).unwrap();
    }
}
