//! Reads server-sent events from bytes as they arrive. A chunk may end anywhere, also within a character.

/// What one line, and a whole answer, may have.
const LINE_BYTES_MAX: usize = 1024 * 1024;
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Empty if the event has none.
    pub name: String,
    pub data: String,
}

/// A line or the whole answer is longer than anything that a model writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

#[derive(Debug, Default)]
pub struct Parser {
    /// The line that isn't complete yet.
    line: Vec<u8>,
    name: String,
    data: Option<String>,
    read: usize,
}

impl Parser {
    /// Takes the next bytes, and returns the events that they complete.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        self.read = self.read.saturating_add(bytes.len());
        if self.read > ANSWER_BYTES_MAX {
            return Err(TooLong);
        }
        let mut events = Vec::new();
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.line.extend_from_slice(part);
            if self.line.len() > LINE_BYTES_MAX {
                return Err(TooLong);
            }
            if parts.peek().is_some() {
                let line = std::mem::take(&mut self.line);
                events.extend(self.take(&line));
            }
        }
        Ok(events)
    }

    /// The event that a last line without an end completes, for servers that close right after it.
    pub fn end(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        self.take(&line).or_else(|| self.dispatch())
    }

    fn take(&mut self, line: &[u8]) -> Option<Event> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return self.dispatch();
        }
        let text = String::from_utf8_lossy(line);
        let (field, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // A comment, an id or something new.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        let name = std::mem::take(&mut self.name);
        self.data.take().map(|data| Event { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": hello\r\nevent: text\r\ndata: {\"a\":\r\ndata: \"ü€😀\"}\r\n\r\nid: 7\ndata:x\n\n\nevent: none\n\ndata\n\n";

    fn expected() -> Vec<Event> {
        let event = |name: &str, data: &str| Event { name: name.to_owned(), data: data.to_owned() };
        vec![event("text", "{\"a\":\n\"ü€😀\"}"), event("", "x"), event("", "")]
    }

    #[test]
    fn events_are_the_same_wherever_the_stream_is_split() {
        let bytes = STREAM.as_bytes();
        for first in 0..=bytes.len() {
            for second in [first, (first + 1).min(bytes.len()), (first + 7).min(bytes.len())] {
                let mut parser = Parser::default();
                let mut events = parser.push(&bytes[..first]).unwrap();
                events.extend(parser.push(&bytes[first..second]).unwrap());
                events.extend(parser.push(&bytes[second..]).unwrap());
                assert_eq!(events, expected(), "{first} {second}");
            }
        }
        let mut parser = Parser::default();
        let one_by_one: Vec<Event> = bytes.iter().flat_map(|byte| parser.push(&[*byte]).unwrap()).collect();
        assert_eq!(one_by_one, expected());
    }

    #[test]
    fn a_last_event_needs_no_blank_line() {
        for end in ["data: [DONE]", "data: [DONE]\n"] {
            let mut parser = Parser::default();
            assert!(parser.push(end.as_bytes()).unwrap().is_empty());
            assert_eq!(parser.end().unwrap().data, "[DONE]");
            assert_eq!(parser.end(), None);
        }
    }

    #[test]
    fn neither_a_line_nor_an_answer_is_endless() {
        let mut parser = Parser::default();
        assert_eq!(parser.push(&vec![b'x'; LINE_BYTES_MAX + 1]), Err(TooLong));
        let mut parser = Parser::default();
        let line = [b"data: ".as_slice(), &[b'x'; 1_000], b"\n\n"].concat();
        let pushed = (0..5_000).find_map(|_| parser.push(&line).err());
        assert_eq!(pushed, Some(TooLong));
    }
}
