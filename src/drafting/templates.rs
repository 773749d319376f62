//! The templates: read, checked, rendered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use handlebars::{Handlebars, RenderErrorReason, no_escape};
use serde::Serialize;

use super::audience::Audience;
use super::catalogue::{BASES, BUILT_IN, CHANNELS, CHANNELS_TEXT, ENDING, PHRASES, PHRASES_TEXT, is_template_name};
use super::channels::Channels;
use super::error::{DraftError, TemplateError};
use super::names;
use super::phrases::Phrases;

/// Templates, phrases and channel profiles, checked: every name that they use exists.
pub struct Templates {
    registry: Handlebars<'static>,
    phrases: Phrases,
    channels: Channels,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("templates", &self.registry.get_templates().len()).finish_non_exhaustive()
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

    /// Returns the templates that are built in, with those of a folder in their place, file by file. The folder is laid out as the
    /// built-in one (`acknowledge/issue.hbs`, `phrases.toml`, `channels.toml`); hidden files are passed over.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read, a file overrides nothing, or a template is no handlebars or uses a name that does not exist.
    pub fn with_overrides(folder: &Path) -> Result<Self, TemplateError> {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files)?;
        Self::build(&files)
    }

    fn build(overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let data = |file: &'static str, built_in: &'static str| overrides.get(file).map_or(built_in, String::as_str);
        let phrases = Phrases::parse(PHRASES, data(PHRASES, PHRASES_TEXT))?;
        let channels = Channels::parse(CHANNELS, data(CHANNELS, CHANNELS_TEXT))?;
        let mut texts: BTreeMap<&str, &str> = BUILT_IN.iter().copied().collect();
        for (file, text) in overrides {
            if let Some(name) = file.strip_suffix(ENDING) {
                texts.insert(name, text);
            }
        }
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        for (name, text) in texts {
            names::check(name, text)?;
            registry
                .register_template_string(name, text.trim_end())
                .map_err(|error| names::syntax_error(name, &error))?;
        }
        Ok(Self { registry, phrases, channels })
    }

    /// Returns the profiles of the channels.
    pub const fn channels(&self) -> &Channels {
        &self.channels
    }

    pub(super) const fn phrases(&self) -> &Phrases {
        &self.phrases
    }

    /// Returns the name of the template that answers to `base` for an audience, as [`Audience::names`] looks for it.
    pub(super) fn choose(&self, base: &str, audience: Audience, short: bool) -> String {
        audience
            .names(base, short)
            .into_iter()
            .find(|name| self.registry.has_template(name))
            .unwrap_or_else(|| base.to_owned())
    }

    /// Renders a template and trims it.
    pub(super) fn render(&self, name: &str, context: &impl Serialize) -> Result<String, DraftError> {
        self.registry.render(name, context).map(|text| text.trim().to_owned()).map_err(|error| DraftError::Render {
            template: name.to_owned(),
            reason: match error.reason() {
                RenderErrorReason::MissingVariable(Some(variable)) => {
                    format!("unknown variable \"{variable}\"")
                }
                reason => reason.to_string(),
            },
        })
    }
}

/// Collects the files of a folder by their name from it.
fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<(), TemplateError> {
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
        } else if name == PHRASES || name == CHANNELS || name.strip_suffix(ENDING).is_some_and(is_template_name) {
            let text = std::fs::read_to_string(&path).map_err(unreadable(path.clone()))?;
            files.insert(name, text);
        } else {
            return Err(TemplateError::UnknownFile {
                path,
                known: BASES
                    .iter()
                    .map(|base| format!("{base}{ENDING}"))
                    .chain([PHRASES.to_owned(), CHANNELS.to_owned()])
                    .collect(),
            });
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

    #[test]
    fn files_take_the_place_of_built_in_ones() {
        let own = folder(&[("closing/plain.public.hbs", "Bye from {{company}}."), (".hidden", "no template")]);
        let templates = Templates::with_overrides(own.path()).unwrap();
        assert_eq!(templates.choose("closing/plain", Audience::PublicSocial, false), "closing/plain.public");
        let context = serde_json::json!({"company": "Harbour"});
        assert_eq!(templates.render("closing/plain.public", &context).unwrap(), "Bye from Harbour.");
        assert!(templates.render("closing/plain", &context).unwrap().contains("again soon"));
    }

    #[test]
    fn unknown_names_in_templates_are_found_before_any_draft() {
        let error = refused("closing/plain.hbs", "Bye,\n{{custmer}}");
        assert_eq!(error.to_string(), "template closing/plain, line 2: unknown variable \"custmer\"");
        assert!(error.hint().unwrap().contains("company"), "{:?}", error.hint());
        // Strict mode does not look into conditions; we do.
        let error = refused("closing/plain.hbs", "{{#if custmer}}Bye{{/if}}");
        assert!(error.to_string().contains("unknown variable \"custmer\""), "{error}");
        let error = refused("closing/plain.hbs", "{{#if company}}x{{else}}\n{{custmer}}{{/if}}");
        assert!(error.to_string().contains("line 2: unknown variable"), "{error}");
        let error = refused("closing/plain.hbs", "{{shout company}}");
        assert!(error.to_string().contains("unknown helper \"shout\""), "{error}");
        for include in ["{{> greeting}}", "{{#> greeting}}x{{/greeting}}", "{{#each company}}x{{/each}}"] {
            let error = refused("closing/plain.hbs", include);
            assert!(error.to_string().contains("unknown helper"), "{error}");
        }
        let error = refused("closing/plain.hbs", "Bye {{company");
        assert!(matches!(error, TemplateError::Syntax { .. }), "{error}");
        let error = refused("reply.hbs", "{{situation}}");
        assert!(error.to_string().contains("unknown variable \"situation\""), "{error}");
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
        assert!(error.to_string().starts_with("phrases.toml, line 1"), "{error}");
    }
}
