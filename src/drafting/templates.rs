//! The templates: read, checked, rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use handlebars::template::Template;
use handlebars::{Context, Handlebars, RenderContext, RenderErrorReason, Renderable, StringOutput, no_escape};
use serde::Serialize;

use super::audience::Audience;
use super::built_in;
use super::catalogue::{BASES, CHANNELS, ENDING, PHRASES, TRANSLATIONS, is_template_name, part_file};
use super::channels::Channels;
use super::error::{DraftError, TemplateError};
use super::helpers;
use super::names::{self, Place};
use super::phrases::Phrases;
use super::variety::Variety;
use super::words::Translations;
use crate::digest::sha256_hex;
use crate::language::Language;

/// The line between two phrasings of a template.
const BETWEEN: &str = "---";

/// Templates, phrases and channel profiles, checked: every name that they use exists.
pub struct Templates {
    registry: Handlebars<'static>,
    packs: BTreeMap<Language, Pack>,
    channels: Channels,
    digest: String,
}

/// The templates of one language.
pub(super) struct Pack {
    phrases: Phrases,
    translations: Translations,
    files: BTreeMap<String, File>,
}

/// A template file with its phrasings.
struct File {
    /// What errors and explanations call it.
    shown: String,
    own: bool,
    phrasings: Vec<Phrasing>,
}

struct Phrasing {
    template: Template,
    parts: BTreeSet<&'static str>,
    line: usize,
}

/// A text and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) source: Source,
    /// Sources of the parts that it includes.
    pub(super) parts: Vec<Source>,
}

/// Which phrasing of which template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Name of the template, as `closing/plain.public`.
    pub name: String,
    /// Which of its phrasings, counted from 1.
    pub phrasing: usize,
    /// File, as the user knows it.
    pub file: String,
    /// Line of the file at which the phrasing begins, counted from 1.
    pub line: usize,
}

/// A template as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Language.
    pub language: Language,
    /// Name, as `closing/plain.public`.
    pub name: String,
    /// File, as the user knows it.
    pub file: String,
    /// Whether it is the user's own.
    pub own: bool,
    /// How many phrasings it has.
    pub phrasings: usize,
}

/// A place in the fall-back order of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Name that is looked for.
    pub name: String,
    /// File that has it, where one does.
    pub file: Option<String>,
    /// Whether it is the one that is used: the first that exists.
    pub chosen: bool,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let languages: Vec<&Language> = self.packs.keys().collect();
        f.debug_struct("Templates").field("languages", &languages).field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Templates {
    /// Returns the templates that are built in.
    ///
    /// # Errors
    /// Never in a release: a test reads them.
    pub fn embedded() -> Result<Self, TemplateError> {
        Self::build(&BTreeMap::new())
    }

    /// Returns the templates that are built in, with those of a folder in their place, file by file.
    ///
    /// The folder holds `channels.toml`, and a folder for each language (`en`, `de`, ...) laid out as the built-in one
    /// (`acknowledge/issue.hbs`, `phrases.toml`, `translations.toml`). Files that stand in no folder of a language are English. A language that is
    /// not built in has to be complete. Hidden files are passed over.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read, a file overrides nothing, a template is no handlebars or uses a name that
    /// does not exist, or a new language lacks a template.
    pub fn with_overrides(folder: &Path) -> Result<Self, TemplateError> {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files)?;
        Self::build(&files)
    }

    fn build(overrides: &BTreeMap<String, Own>) -> Result<Self, TemplateError> {
        let mut digested = String::new();
        let mut data = |name: &str, built_in: Option<&'static str>| {
            let (shown, text) = match (overrides.get(name), built_in) {
                (Some(own), _) => (own.path.display().to_string(), own.text.clone()),
                (None, Some(text)) => (format!("built-in {name}"), text.to_owned()),
                (None, None) => {
                    return Err(TemplateError::Missing { file: name.to_owned(), what: "anything".to_owned() });
                }
            };
            digested.push_str(name);
            digested.push_str(&text);
            Ok((shown, text))
        };
        let (shown, text) = data(CHANNELS, Some(built_in::CHANNELS_TEXT))?;
        let channels = Channels::parse(&shown, &text)?;

        let mut languages: BTreeSet<Language> = built_in::LANGUAGES.iter().map(|(language, _)| *language).collect();
        languages.extend(overrides.keys().filter_map(|name| split_language(name).map(|(language, _)| language)));
        let mut packs = BTreeMap::new();
        for language in languages {
            let texts = built_in::LANGUAGES.iter().find(|(code, _)| *code == language).map(|(_, texts)| texts);
            let phrases_name = format!("{language}/{PHRASES}");
            let (shown, text) = data(&phrases_name, texts.map(|texts| texts.phrases))?;
            let phrases = Phrases::parse(&shown, &text)?;
            let (shown, text) =
                data(&format!("{language}/{TRANSLATIONS}"), Some(texts.map_or("", |texts| texts.translations)))?;
            let translations = toml::from_str(&text).map_err(|error| TemplateError::data(&shown, &text, &error))?;
            let mut names: BTreeSet<&str> =
                texts.map(|texts| texts.templates).unwrap_or_default().iter().map(|(name, _)| *name).collect();
            let prefix = format!("{language}/");
            names.extend(overrides.keys().filter_map(|file| file.strip_prefix(&prefix)?.strip_suffix(ENDING)));
            let mut files = BTreeMap::new();
            for name in names {
                let file = format!("{prefix}{name}{ENDING}");
                let built_in = texts
                    .and_then(|texts| texts.templates.iter().find(|(known, _)| *known == name))
                    .map(|(_, text)| *text);
                let (shown, text) = data(&file, built_in)?;
                let own = overrides.contains_key(&file);
                files.insert(name.to_owned(), File { phrasings: phrasings(name, &shown, &text)?, shown, own });
            }
            if let Some(missing) = BASES.iter().find(|base| !files.contains_key(**base)) {
                return Err(TemplateError::Missing {
                    file: format!("the language {language}"),
                    what: format!("{missing}{ENDING}"),
                });
            }
            packs.insert(language, Pack { phrases, translations, files });
        }
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        helpers::register(&mut registry);
        let mut digest = sha256_hex(digested.as_bytes());
        digest.truncate(12);
        Ok(Self { registry, packs, channels, digest })
    }

    /// Returns the profiles of the channels.
    pub const fn channels(&self) -> &Channels {
        &self.channels
    }

    /// Returns the first 12 hex digits of the sha256 of all texts, by which drafts can be cited.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the languages that there are templates in.
    pub fn languages(&self) -> Vec<Language> {
        self.packs.keys().copied().collect()
    }

    /// Returns every template of every language, by name.
    pub fn list(&self) -> Vec<Listed> {
        let all = self
            .packs
            .iter()
            .flat_map(|(&language, pack)| pack.files.iter().map(move |(name, file)| (language, name, file)));
        all.map(|(language, name, file)| Listed {
            language,
            name: name.clone(),
            file: file.shown.clone(),
            own: file.own,
            phrasings: file.phrasings.len(),
        })
        .collect()
    }

    /// Returns the most phrasings that anything has: so many varieties show all of them.
    pub fn most_phrasings(&self) -> usize {
        let files = self.packs.values().flat_map(|pack| pack.files.values().map(|file| file.phrasings.len()));
        files.chain(self.packs.values().map(|pack| pack.phrases.most_situations())).max().unwrap_or(1)
    }

    /// Returns the templates of a language.
    ///
    /// # Errors
    /// When there are none.
    pub(super) fn pack(&self, language: Language) -> Result<&Pack, DraftError> {
        self.packs.get(&language).ok_or_else(|| DraftError::NoSuchLanguage { language, known: self.languages() })
    }

    /// Renders a template for an audience and trims it. Empty strings are left out of the context, so that a variable
    /// that has nothing to say is an error and never a blank.
    pub(super) fn render(
        &self,
        pack: &Pack,
        (base, audience, short): (&str, Audience, bool),
        variety: Variety,
        context: &Context,
    ) -> Result<Rendered, DraftError> {
        let failed =
            |file: &str, line: usize, reason: String| DraftError::Render { file: file.to_owned(), line, reason };
        let (name, file, index) = pack
            .choose(base, audience, short, variety)
            .ok_or_else(|| failed(base, 1, "there is no such template".to_owned()))?;
        let Some(phrasing) = file.phrasings.get(index) else {
            return Err(failed(&file.shown, 1, "it is empty".to_owned()));
        };
        let mut scope = RenderContext::new(None);
        let mut parts = Vec::new();
        for &part in &phrasing.parts {
            let Some((name, file, index)) = pack.choose(part_file(part), audience, short, variety) else {
                continue;
            };
            if let (Some(block), Some(found)) = (scope.block_mut(), file.phrasings.get(index)) {
                block.set_local_partial(part.to_owned(), &found.template);
                parts.push(Source { name, phrasing: index + 1, file: file.shown.clone(), line: found.line });
            }
        }
        let mut out = StringOutput::new();
        phrasing.template.render(&self.registry, context, &mut scope, &mut out).map_err(|error| {
            let reason = match error.reason() {
                RenderErrorReason::MissingVariable(Some(variable)) => {
                    format!("\"{variable}\" has nothing to say here")
                }
                reason => reason.to_string(),
            };
            failed(&file.shown, phrasing.line + error.line_no.unwrap_or(1) - 1, reason)
        })?;
        let text = out.into_string().map_err(|error| failed(&file.shown, phrasing.line, error.to_string()))?;
        let source = Source { name, phrasing: index + 1, file: file.shown.clone(), line: phrasing.line };
        Ok(Rendered { text: text.trim().to_owned(), source, parts })
    }
}

impl Pack {
    pub(super) const fn phrases(&self) -> &Phrases {
        &self.phrases
    }

    pub(super) const fn translations(&self) -> &Translations {
        &self.translations
    }

    /// Returns the template that answers to `base` for an audience, as [`Audience::names`] looks for it, and which phrasing of it.
    fn choose(&self, base: &str, audience: Audience, short: bool, variety: Variety) -> Option<(String, &File, usize)> {
        audience.names(base, short).into_iter().find_map(|name| {
            let file = self.files.get(&name)?;
            let index = variety.pick(&name, file.phrasings.len());
            Some((name, file, index))
        })
    }

    /// Returns every name that is looked for, first to last, with the file that has it.
    pub(super) fn candidates(&self, base: &str, audience: Audience, short: bool) -> Vec<Candidate> {
        let mut found = false;
        audience
            .names(base, short)
            .into_iter()
            .map(|name| {
                let file = self.files.get(&name).map(|file| file.shown.clone());
                let chosen = file.is_some() && !found;
                found |= chosen;
                Candidate { name, file, chosen }
            })
            .collect()
    }

    /// Returns the parts that the templates of a base include for an audience, in every phrasing.
    pub(super) fn parts(&self, base: &str, audience: Audience, short: bool) -> BTreeSet<&'static str> {
        let chosen = self.choose(base, audience, short, Variety::nth(0));
        chosen
            .map(|(_, file, _)| file.phrasings.iter().flat_map(|phrasing| phrasing.parts.iter().copied()).collect())
            .unwrap_or_default()
    }
}

/// Reads the phrasings of a template file: texts with a line `---` between them.
fn phrasings(name: &str, shown: &str, text: &str) -> Result<Vec<Phrasing>, TemplateError> {
    let mut found = Vec::new();
    let mut line = 1;
    for text in split(text) {
        let lead = text.len() - text.trim_start().len();
        let begins = line + text.get(..lead).unwrap_or_default().matches('\n').count();
        let place = Place { name, file: shown, line: begins };
        if text.trim().is_empty() {
            return Err(TemplateError::Syntax {
                file: shown.to_owned(),
                line,
                reason: "a phrasing is empty".to_owned(),
            });
        }
        let (template, parts) = names::read(place, text.trim())?;
        found.push(Phrasing { template, parts, line: begins });
        line += text.matches('\n').count() + 1;
    }
    Ok(found)
}

/// Splits at lines `---`; the pieces keep their line breaks.
fn split(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end() == BETWEEN {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push_str(line);
        }
    }
    pieces
}

/// A file of the user's.
struct Own {
    path: PathBuf,
    text: String,
}

/// Returns the language folder of a name and the rest of it.
fn split_language(name: &str) -> Option<(Language, &str)> {
    let (folder, rest) = name.split_once('/')?;
    Some((folder.parse().ok()?, rest))
}

/// Collects the files of a folder by their name from it.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Own>) -> Result<(), TemplateError> {
    let unreadable = |path: PathBuf| move |source| TemplateError::Unreadable { path, source };
    let entries = std::fs::read_dir(folder).map_err(unreadable(folder.to_owned()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(unreadable(folder.to_owned()))?.path());
    }
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
            continue;
        }
        let (language, rest) = split_language(&name).unwrap_or((Language::EN, &name));
        let known = rest == PHRASES || rest == TRANSLATIONS || rest.strip_suffix(ENDING).is_some_and(is_template_name);
        let key = if name == CHANNELS { name.clone() } else { format!("{language}/{rest}") };
        if !known && name != CHANNELS {
            let known = BASES.iter().map(|base| format!("{base}{ENDING}"));
            let data = [PHRASES, TRANSLATIONS, CHANNELS].map(str::to_owned);
            return Err(TemplateError::UnknownFile { path, known: known.chain(data).collect() });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable(path.clone()))?;
        if files.insert(key.clone(), Own { path: path.clone(), text }).is_some() {
            return Err(TemplateError::Twice { path, name: key });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn refused(name: &str, text: &str) -> TemplateError {
        Templates::with_overrides(folder(&[(name, text)]).path()).unwrap_err()
    }

    fn render(templates: &Templates, base: &str, audience: Audience, context: &serde_json::Value) -> Rendered {
        let pack = templates.pack(Language::EN).unwrap();
        let context = Context::wraps(context).unwrap();
        templates.render(pack, (base, audience, false), Variety::nth(0), &context).unwrap()
    }

    #[test]
    fn files_take_the_place_of_built_in_ones() {
        let own = folder(&[("closing/plain.public.hbs", "Bye from {{company}}."), (".hidden", "no template")]);
        let templates = Templates::with_overrides(own.path()).unwrap();
        let context = serde_json::json!({"company": "Harbour"});
        let rendered = render(&templates, "closing/plain", Audience::PublicSocial, &context);
        assert_eq!(
            (rendered.text.as_str(), rendered.source.name.as_str()),
            ("Bye from Harbour.", "closing/plain.public")
        );
        assert!(rendered.source.file.ends_with("closing/plain.public.hbs"), "{:?}", rendered.source);
        let rendered = render(&templates, "closing/plain", Audience::Email, &context);
        assert!(rendered.source.file.starts_with("built-in en/"), "{:?}", rendered.source);
        assert_ne!(templates.digest(), Templates::embedded().unwrap().digest());
        let listed = templates.list();
        assert_eq!(listed.iter().filter(|template| template.own).count(), 1);
    }

    #[test]
    fn a_folder_of_a_language_overrides_that_language() {
        let own = folder(&[("de/closing/plain.hbs", "Tschüss."), ("en/closing/plain.hbs", "Bye.")]);
        let templates = Templates::with_overrides(own.path()).unwrap();
        let pack = templates.pack(Language::DE).unwrap();
        let at = ("closing/plain", Audience::Email, false);
        let rendered = templates.render(pack, at, Variety::nth(0), &Context::null()).unwrap();
        assert_eq!(rendered.text, "Tschüss.");
        let twice = folder(&[("closing/plain.hbs", "Bye."), ("en/closing/plain.hbs", "Bye.")]);
        let error = Templates::with_overrides(twice.path()).unwrap_err();
        assert!(error.to_string().contains("en/closing/plain.hbs"), "{error}");
    }

    #[test]
    fn a_new_language_has_to_be_complete() {
        let error = refused("fr/closing/plain.hbs", "Au revoir.");
        assert_eq!(error.to_string(), "fr/phrases.toml has no entry for anything");
        let phrases = built_in::LANGUAGES[0].1.phrases;
        let own = folder(&[("fr/closing/plain.hbs", "Au revoir."), ("fr/phrases.toml", phrases)]);
        let error = Templates::with_overrides(own.path()).unwrap_err();
        assert!(error.to_string().starts_with("the language fr has no entry for "), "{error}");
        let no_pack = Templates::embedded().unwrap().pack("fr".parse().unwrap()).err().unwrap();
        assert!(no_pack.hint().unwrap().contains("de, en"), "{:?}", no_pack.hint());
    }

    #[test]
    fn phrasings_stand_one_below_the_other() {
        let own = folder(&[("closing/plain.hbs", "One.\n---\n\nTwo\nlines.\n---\nThree {{company}}.\n")]);
        let templates = Templates::with_overrides(own.path()).unwrap();
        let pack = templates.pack(Language::EN).unwrap();
        let context = Context::wraps(serde_json::json!({"company": "Harbour"})).unwrap();
        let nth = |n| {
            let rendered =
                templates.render(pack, ("closing/plain", Audience::Email, false), Variety::nth(n), &context).unwrap();
            (rendered.text, rendered.source.line)
        };
        assert_eq!(nth(0), ("One.".to_owned(), 1));
        assert_eq!(nth(1), ("Two\nlines.".to_owned(), 4));
        assert_eq!(nth(2), ("Three Harbour.".to_owned(), 7));
        let error = refused("closing/plain.hbs", "One.\n---\nTwo {{custmer}}.");
        assert!(error.to_string().contains("closing/plain.hbs:3: unknown variable"), "{error}");
        let error = refused("closing/plain.hbs", "One.\n---\n");
        assert!(error.to_string().contains("empty"), "{error}");
    }

    #[test]
    fn a_variable_with_nothing_to_say_is_an_error_and_no_blank() {
        let own = folder(&[("closing/plain.hbs", "Yours,\n{{company}}")]);
        let templates = Templates::with_overrides(own.path()).unwrap();
        let pack = templates.pack(Language::EN).unwrap();
        let at = ("closing/plain", Audience::Email, false);
        let error = templates.render(pack, at, Variety::nth(0), &Context::null()).unwrap_err();
        assert!(error.to_string().contains("closing/plain.hbs:2: \"company\" has nothing to say here"), "{error}");
    }

    #[test]
    fn unknown_names_in_templates_are_found_before_any_draft() {
        let error = refused("closing/plain.hbs", "Bye,\n{{custmer}}");
        assert!(error.to_string().ends_with("closing/plain.hbs:2: unknown variable \"custmer\""), "{error}");
        let error = refused("closing/plain.hbs", "Bye {{compny}}");
        assert!(error.hint().unwrap().starts_with("did you mean company?"), "{:?}", error.hint());
        // Strict mode does not look into conditions; we do.
        let error = refused("closing/plain.hbs", "{{#if custmer}}Bye{{/if}}");
        assert!(error.to_string().contains("unknown variable \"custmer\""), "{error}");
        let error = refused("closing/plain.hbs", "{{#if company}}x{{else}}\n{{custmer}}{{/if}}");
        assert!(error.to_string().contains(":2: unknown variable"), "{error}");
        let error = refused("closing/plain.hbs", "{{shout company}}");
        assert!(error.to_string().contains("unknown helper \"shout\""), "{error}");
        let error = refused("closing/plain.hbs", "{{#each company}}x{{/each}}");
        assert!(error.to_string().contains("unknown helper"), "{error}");
        let error = refused("closing/plain.hbs", "Bye {{company");
        assert!(matches!(error, TemplateError::Syntax { .. }), "{error}");
        let error = refused("reply.hbs", "{{situation}}");
        assert!(error.to_string().contains("unknown variable \"situation\""), "{error}");
        let error = refused("closing/plain.hbs", "{{slot company}}");
        assert!(error.hint().unwrap().contains("{{slot \"label\"}}"), "{error}");
        for wrong in ["{{working_days 0}}", "{{working_days 31}}", "{{plural 2 \"a\" \"b\"}}", "{{slot \"]\"}}"] {
            assert!(matches!(refused("closing/plain.hbs", wrong), TemplateError::Misuse { .. }), "{wrong}");
        }
    }

    #[test]
    fn parts_are_included_and_nothing_else() {
        let own = folder(&[("closing/plain.hbs", "{{> gratitude}} Bye."), ("parts/gratitude.email.hbs", "Thanks.")]);
        let templates = Templates::with_overrides(own.path()).unwrap();
        let rendered = render(&templates, "closing/plain", Audience::Email, &serde_json::json!({}));
        assert_eq!(rendered.text, "Thanks. Bye.");
        for (file, include) in [
            ("closing/plain.hbs", "{{> gratitud}}"),
            ("closing/plain.hbs", "{{> closing/plain}}"),
            ("closing/plain.hbs", "{{> gratitude company}}"),
            ("closing/plain.hbs", "{{#> gratitude}}x{{/gratitude}}"),
            ("parts/gratitude.hbs", "{{> gratitude}}"),
            ("reply.hbs", "{{> gratitude}}"),
        ] {
            let error = refused(file, include);
            assert!(matches!(error, TemplateError::UnknownName { .. }), "{include}: {error}");
        }
    }

    #[test]
    fn files_that_override_nothing_are_refused() {
        let error = refused("closing/plane.hbs", "Bye.");
        assert!(matches!(error, TemplateError::UnknownFile { .. }), "{error}");
        assert!(error.hint().unwrap().contains("closing/plain.hbs"));
        let error = refused("notes.txt", "hello");
        assert!(matches!(error, TemplateError::UnknownFile { .. }), "{error}");
        let missing = Templates::with_overrides(Path::new("no/such/folder")).unwrap_err();
        assert!(missing.to_string().starts_with("cannot read the template no/such/folder"), "{missing}");
        let error = refused("phrases.toml", "feelings = 3");
        assert!(error.to_string().contains("phrases.toml:1: "), "{error}");
        let error = refused("de/translations.toml", "a = 3");
        assert!(error.to_string().contains("translations.toml:1: "), "{error}");
    }
}
