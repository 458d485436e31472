//! The messages of all languages, parsed once.

use std::{collections::HashMap, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};

use super::Language;

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<HashMap<Language, Bundle>> =
    LazyLock::new(|| Language::ALL.iter().map(|language| (*language, bundle(*language))).collect());

/// What a test proves can't happen is logged and leaves the page readable: a message that doesn't parse or isn't there is
/// English, and one that isn't in English is its key.
fn bundle(language: Language) -> Bundle {
    let tag = language.as_str();
    let mut bundle = Bundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
    // The invisible marks around variables would be in emails, in `mailto:` links and in what tests compare.
    bundle.set_use_isolating(false);
    // `NUMBER`, with which a message writes 1st, 2nd and 3rd.
    if let Err(error) = bundle.add_builtins() {
        tracing::error!(event = "text.number_unavailable", language = tag, %error, "texts can't use NUMBER");
    }
    for file in language.files() {
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(event = "text.unparsable", language = tag, ?errors, "texts can't be parsed");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(event = "text.duplicate", language = tag, ?errors, "two texts have the same key");
        }
    }
    bundle
}

/// The message in this language, else in English, else its key.
pub(super) fn message(language: Language, key: &'static str, args: &FluentArgs<'_>) -> String {
    for language in [language, Language::En] {
        let Some(bundle) = BUNDLES.get(&language) else { continue };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(event = "text.missing", language = language.as_str(), key, "a text is missing");
            continue;
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(
                event = "text.variable_missing",
                language = language.as_str(),
                key,
                ?errors,
                "a text lacks a variable"
            );
        }
        return text;
    }
    key.to_owned()
}
