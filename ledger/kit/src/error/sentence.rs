//! An error as people read it on a page: a sentence that speaks of the field by its label or in words, and never by its name in
//! the API.

use super::Error;

/// The field that an API error names; empty if it names none.
pub fn field_of(error: &Error) -> &str {
    error.body().field.as_deref().unwrap_or_default()
}

/// An API error's message for people, who see it beside the field that it names: `name must be …` is `Must be ….`.
pub fn message_for(error: &Error) -> String {
    let Some(rest) = after_field(error) else { return whole(error) };
    let required = ["is missing", "is needed", "is required"].into_iter().find_map(|start| rest.strip_prefix(start));
    match required {
        Some(more) => sentence(&without_names(&format!("Required{more}"))),
        None if is_statement(rest) => sentence(&without_names(&format!("This {rest}"))),
        None => sentence(&without_names(rest)),
    }
}

/// An API error's message for people, who don't see it beside a field: `cookieWindowDays must be …` is
/// `Cookie window days must be ….`.
pub fn sentence_for(error: &Error) -> String {
    let Some(rest) = after_field(error) else { return whole(error) };
    let name = field_of(error).rsplit('.').next().unwrap_or_default();
    sentence(&format!("{} {}", in_words(name.split('[').next().unwrap_or(name)), without_names(rest)))
}

/// The message of an error that doesn't begin with the name of its field.
fn whole(error: &Error) -> String {
    sentence(&without_names(&error.body().message))
}

/// What an error says about the field that it names: the message without the field's name, if it begins with it.
fn after_field(error: &Error) -> Option<&str> {
    let field = error.body().field.as_deref().filter(|field| !field.is_empty())?;
    let name = field.rsplit('.').next().unwrap_or(field);
    let rest = [field, name].into_iter().find_map(|name| error.body().message.strip_prefix(name)?.strip_prefix(' '))?;
    Some(rest).filter(|rest| !rest.starts_with("or ") && !rest.starts_with("and "))
}

/// Whether the text says what the field is, and so needs a subject: `isn't a currency`.
fn is_statement(rest: &str) -> bool {
    let verb = rest.split(' ').next().unwrap_or_default();
    ["is", "isn't", "isn\u{2019}t", "has", "was", "lies", "doesn't", "doesn\u{2019}t"].contains(&verb)
}

/// The text with other fields' names in words: `transferId` is `transfer ID`, and `slug` is `name`.
fn without_names(text: &str) -> String {
    let word = |word: &str| {
        let (name, end) = word.split_at(word.trim_end_matches([',', '.', ':', ';', '?', '!']).len());
        match name {
            "slug" => format!("name{end}"),
            _ if is_name(name) => in_words(name) + end,
            _ => word.to_owned(),
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Whether the word is a field's name such as `transferId`, and no vendor's such as `iDEAL`.
fn is_name(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.iter().all(u8::is_ascii_alphabetic)
        && bytes.iter().take(2).all(u8::is_ascii_lowercase)
        && bytes.iter().any(u8::is_ascii_uppercase)
        && bytes.windows(2).all(|two| !two.iter().all(u8::is_ascii_uppercase))
}

/// A field's name in words: `apiKey` is `API key`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    let word = |word: &str| match word {
        "api" | "id" | "url" => word.to_ascii_uppercase(),
        _ => word.to_owned(),
    };
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The text as a sentence: with a capital letter, and with a full stop. A range such as `1..100` is put in words.
fn sentence(text: &str) -> String {
    let text = text.replace("..", " to ");
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
    let first = text.chars().next().filter(|_| text.split(' ').next().is_some_and(is_word));
    match first {
        Some(first) => format!("{}{}{end}", first.to_ascii_uppercase(), &text[first.len_utf8()..]),
        None => text + end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_beside_its_field_does_not_name_it() {
        let words = |field: &str, message: &str| message_for(&Error::field(field, message));
        assert_eq!(words("name", "name must have 1 to 200 characters"), "Must have 1 to 200 characters.");
        assert_eq!(words("name", "Another one has this name."), "Another one has this name.");
        assert_eq!(words("slug", "Another program has this slug."), "Another program has this name.");
        assert_eq!(words("apiKey", "apiKey is missing"), "Required.");
        assert_eq!(words("apiKey", "apiKey is missing. Copy it from Stripe."), "Required. Copy it from Stripe.");
        assert_eq!(words("url", "url isn't a URL"), "This isn't a URL.");
        assert_eq!(words("amountCents", "must be at least 1"), "Must be at least 1.");
        assert_eq!(words("credentials.apiKey", "apiKey must be shorter"), "Must be shorter.");
        assert_eq!(words("paidOn", "paidOn or transferId must be given"), "Paid on or transfer ID must be given.");
        assert_eq!(message_for(&Error::forbidden("Rotate with overlapHours 0.")), "Rotate with overlap hours 0.");
        assert_eq!(message_for(&Error::forbidden("Pay by iDEAL or myPOS.")), "Pay by iDEAL or myPOS.");
    }

    #[test]
    fn a_message_that_stands_alone_names_its_field_in_words() {
        let words = |field: &str, message: &str| sentence_for(&Error::field(field, message));
        assert_eq!(words("cookieDays", "cookieDays must be 1..365"), "Cookie days must be 1 to 365.");
        assert_eq!(words("credentials.apiKey", "credentials.apiKey is missing"), "API key is missing.");
        assert_eq!(words("programId", "Choose a program."), "Choose a program.");
        assert_eq!(sentence_for(&Error::forbidden("Too long.")), "Too long.");
    }
}
