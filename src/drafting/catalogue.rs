//! What templates there are, and how one may be called.

use super::audience::{QUALIFIERS, SHORT};

/// Words of a language.
pub(super) const PHRASES: &str = "phrases.toml";
/// Words of playbooks, put into a language.
pub(super) const TRANSLATIONS: &str = "translations.toml";
/// Profiles of the channels.
pub(super) const CHANNELS: &str = "channels.toml";
/// Ending of template files.
pub(super) const ENDING: &str = ".hbs";
/// Folder of the parts.
const PARTS_FOLDER: &str = "parts/";

/// Layouts: they put greeting, blocks and signature together.
const LAYOUTS: &[&str] = &["reply", "call_sheet"];

/// Parts that blocks include, as `{{> gratitude}}`. Each is a file of the folder `parts`.
pub(super) const PARTS: &[&str] =
    &["call_times", "gratitude", "keeps_case", "ombudsman", "questions", "report_back", "want_to_help", "write_to_us"];

/// Templates by what they say. Any can carry a qualifier and `short` behind a dot: `closing/plain.public.short`.
pub(super) const BASES: &[&str] = &[
    "acknowledge/after_call",
    "acknowledge/call_sheet",
    "acknowledge/close",
    "acknowledge/conversation",
    "acknowledge/follow_up_post",
    "acknowledge/interim",
    "acknowledge/invite",
    "acknowledge/issue",
    "acknowledge/not_listened_to",
    "acknowledge/note",
    "acknowledge/question",
    "acknowledge/refusal",
    "acknowledge/report_back",
    "acknowledge/satisfaction_check",
    "acknowledge/stop_abusive",
    "acknowledge/stop_unsolvable",
    "acknowledge/thanks",
    "acknowledge/trigger",
    "apologize/call_sheet",
    "apologize/empathy",
    "apologize/responsibility",
    "apologize/stop_unsolvable",
    "call_sheet",
    "closing/after_call",
    "closing/call_sheet",
    "closing/close",
    "closing/conversation",
    "closing/follow_up_post",
    "closing/interim",
    "closing/invite",
    "closing/owner_and_date",
    "closing/plain",
    "closing/question",
    "closing/refusal",
    "closing/report_back",
    "closing/satisfaction_check",
    "closing/stop_abusive",
    "closing/stop_unsolvable",
    "closing/take_offline",
    "closing/who_answers_when",
    "greeting",
    "options/after_call",
    "options/call_sheet",
    "options/follow_up_post",
    "options/offers",
    "options/stop_unsolvable",
    "parts/call_times",
    "parts/gratitude",
    "parts/keeps_case",
    "parts/ombudsman",
    "parts/questions",
    "parts/report_back",
    "parts/want_to_help",
    "parts/write_to_us",
    "reply",
    "signature",
];

/// Returns the templates that a rule of a playbook may choose for a block: no letter that ends a conversation, no invitation to tell
/// others, no sheet for a call, and nothing that takes responsibility, which validity alone decides.
pub fn choosable() -> impl Iterator<Item = &'static str> {
    const BLOCKS: [&str; 4] = ["acknowledge/", "apologize/", "options/", "closing/"];
    const NEVER: [&str; 4] = ["stop_", "invite", "call_sheet", "responsibility"];
    let of_block = |name: &&str| BLOCKS.iter().any(|block| name.starts_with(block));
    BASES.iter().copied().filter(of_block).filter(|name| !NEVER.iter().any(|never| name.contains(never)))
}

/// Returns the part of a name, as templates include it.
pub(super) fn part_of(name: &str) -> Option<&'static str> {
    PARTS.iter().copied().find(|part| *part == name)
}

/// Returns the template that holds a part.
pub(super) fn part_file(part: &str) -> &'static str {
    let file = |base: &&&str| base.strip_prefix(PARTS_FOLDER) == Some(part);
    BASES.iter().find(file).copied().unwrap_or_default()
}

/// Whether a template is a part.
pub(super) fn is_part(name: &str) -> bool {
    name.starts_with(PARTS_FOLDER)
}

/// Whether a template is a layout.
pub(super) fn is_layout(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default();
    LAYOUTS.contains(&base)
}

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

    use super::super::built_in::LANGUAGES;
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
        for (language, texts) in LANGUAGES {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(language.code());
            let mut found = Vec::new();
            walk(&root, &root, &mut found);
            found.sort();
            let built_in: Vec<&str> = texts.templates.iter().map(|(name, _)| *name).collect();
            assert_eq!(found, built_in, "{language}");
        }
    }

    #[test]
    fn names_have_a_base_a_qualifier_and_a_form() {
        for (language, texts) in LANGUAGES {
            for (name, _) in texts.templates {
                assert!(is_template_name(name), "{name}");
            }
            for &base in BASES {
                assert!(texts.templates.iter().any(|(name, _)| *name == base), "{language}: {base} has no plain form");
            }
        }
        assert!(is_template_name("closing/plain.email.short"));
        for name in ["closing/plane", "plain", "closing/plain.short.email", "closing/plain.telegram", "closing", ""] {
            assert!(!is_template_name(name), "{name}");
        }
    }

    #[test]
    fn parts_and_their_files_go_together() {
        for part in PARTS {
            assert_eq!(part_file(part), format!("parts/{part}"));
            assert!(BASES.contains(&part_file(part)));
        }
        assert_eq!(PARTS.len(), BASES.iter().filter(|base| is_part(base)).count());
        assert!(is_layout("reply.short") && !is_layout("greeting"));
    }
}
