//! The templates that are built in, and how a template may be called.

use super::audience::{QUALIFIERS, SHORT};

/// Files of data beside the templates.
pub(super) const PHRASES: &str = "phrases.toml";
/// Profiles of the channels.
pub(super) const CHANNELS: &str = "channels.toml";
/// Ending of template files.
pub(super) const ENDING: &str = ".hbs";

/// Text of the phrases that are built in.
pub(super) const PHRASES_TEXT: &str = include_str!("../../templates/en/phrases.toml");
/// Text of the channel profiles that are built in.
pub(super) const CHANNELS_TEXT: &str = include_str!("../../templates/channels.toml");

/// Templates by what they say. Any can carry a qualifier and `short` behind a dot: `closing/plain.public.short`.
pub(super) const BASES: &[&str] = &[
    "acknowledge/issue",
    "acknowledge/not_listened_to",
    "acknowledge/note",
    "acknowledge/question",
    "acknowledge/thanks",
    "acknowledge/trigger",
    "apologize/empathy",
    "apologize/responsibility",
    "closing/owner_and_date",
    "closing/plain",
    "closing/question",
    "closing/take_offline",
    "closing/who_answers_when",
    "greeting",
    "options/offers",
    "reply",
    "signature",
];

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/en/", $name, ".hbs")))),+]
    };
}

/// The templates that are built in: name and text.
pub(super) const BUILT_IN: &[(&str, &str)] = built_in![
    "acknowledge/issue",
    "acknowledge/issue.employer",
    "acknowledge/issue.public",
    "acknowledge/issue.public.short",
    "acknowledge/issue.short",
    "acknowledge/not_listened_to",
    "acknowledge/not_listened_to.employer",
    "acknowledge/not_listened_to.public",
    "acknowledge/not_listened_to.short",
    "acknowledge/note",
    "acknowledge/question",
    "acknowledge/thanks",
    "acknowledge/thanks.employer",
    "acknowledge/thanks.public",
    "acknowledge/thanks.short",
    "acknowledge/trigger",
    "acknowledge/trigger.short",
    "apologize/empathy",
    "apologize/empathy.employer",
    "apologize/empathy.public",
    "apologize/responsibility",
    "apologize/responsibility.employer",
    "apologize/responsibility.public",
    "apologize/responsibility.public.short",
    "apologize/responsibility.short",
    "closing/owner_and_date",
    "closing/owner_and_date.public",
    "closing/owner_and_date.short",
    "closing/plain",
    "closing/plain.employer",
    "closing/plain.public",
    "closing/question",
    "closing/question.public",
    "closing/question.short",
    "closing/take_offline",
    "closing/take_offline.employer",
    "closing/take_offline.public",
    "closing/take_offline.public.short",
    "closing/take_offline.short",
    "closing/who_answers_when",
    "closing/who_answers_when.employer",
    "closing/who_answers_when.public",
    "closing/who_answers_when.public.short",
    "closing/who_answers_when.short",
    "greeting",
    "greeting.public_social",
    "options/offers",
    "options/offers.chat",
    "options/offers.email",
    "options/offers.public",
    "reply",
    "reply.chat",
    "reply.public_social",
    "reply.short",
    "signature",
    "signature.chat",
    "signature.employer",
    "signature.public",
    "signature.public_social",
];

/// Whether a template of this name would ever be looked for.
pub(super) fn is_template_name(name: &str) -> bool {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let mut parts = file.split('.');
    let stem = parts.next().unwrap_or_default();
    let base = if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") };
    let mut rest: Vec<&str> = parts.collect();
    if rest.last() == Some(&SHORT) {
        rest.pop();
    }
    let qualified = match rest.as_slice() {
        [] => true,
        [qualifier] => QUALIFIERS.contains(qualifier),
        _ => false,
    };
    qualified && BASES.contains(&base.as_str())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_in_the_folder_is_built_in() {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                    if let Some(name) = name.strip_suffix(ENDING) {
                        found.push(name.to_owned());
                    }
                }
            }
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/en");
        let mut found = Vec::new();
        walk(&root, &root, &mut found);
        found.sort();
        let built_in: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, built_in);
    }

    #[test]
    fn names_have_a_base_a_qualifier_and_a_form() {
        for (name, _) in BUILT_IN {
            assert!(is_template_name(name), "{name}");
        }
        for &base in BASES {
            assert!(BUILT_IN.iter().any(|(name, _)| *name == base), "{base} has no plain form");
        }
        assert!(is_template_name("closing/plain.email.short"));
        for name in ["closing/plane", "plain", "closing/plain.short.email", "closing/plain.telegram", "closing", ""] {
            assert!(!is_template_name(name), "{name}");
        }
    }
}
