//! The names that templates may use. Strict mode of the template engine is silent about a misspelt condition, so every template is
//! read here first.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use handlebars::TemplateError as EngineError;
use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, Template, TemplateElement};
use serde::Serialize;

use super::catalogue::{PARTS, is_layout, is_part, part_of};
use super::context::{BlockContext, ReplyContext};
use super::error::TemplateError;
use super::helpers;

static BLOCK_VARIABLES: LazyLock<Vec<String>> = LazyLock::new(|| keys(&BlockContext::default()));
static REPLY_VARIABLES: LazyLock<Vec<String>> = LazyLock::new(|| keys(&ReplyContext::default()));

fn keys(context: &impl Serialize) -> Vec<String> {
    match serde_json::to_value(context) {
        Ok(serde_json::Value::Object(fields)) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Where a text stands, for errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Name of the template.
    pub(super) name: &'a str,
    /// The file, as errors call it.
    pub(super) file: &'a str,
    /// Its line, counted from 1.
    pub(super) line: usize,
}

/// Reads a template and checks that it uses only names that exist. Returns it with the parts that it includes.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub(super) fn read(place: Place<'_>, text: &str) -> Result<(Template, BTreeSet<&'static str>), TemplateError> {
    let template = Template::compile(text).map_err(|error| syntax_error(place, &error))?;
    let variables = if is_layout(place.name) { &*REPLY_VARIABLES } else { &*BLOCK_VARIABLES };
    let mut checker = Checker { place, variables, parts: BTreeSet::new() };
    checker.template(&template)?;
    Ok((template, checker.parts))
}

/// Turns an error of the template engine into ours.
fn syntax_error(place: Place<'_>, error: &EngineError) -> TemplateError {
    TemplateError::Syntax {
        file: place.file.to_owned(),
        line: place.line + error.pos().map_or(1, |(line, _)| line) - 1,
        reason: error.reason().to_string().replace('\n', " ").trim().to_owned(),
    }
}

struct Checker<'a> {
    place: Place<'a>,
    variables: &'a [String],
    parts: BTreeSet<&'static str>,
}

impl Checker<'_> {
    fn template(&mut self, template: &Template) -> Result<(), TemplateError> {
        template.elements.iter().enumerate().try_for_each(|(index, element)| {
            let line = template.mapping.get(index).map_or(1, |at| at.0);
            self.element(element, line)
        })
    }

    fn element(&mut self, element: &TemplateElement, line: usize) -> Result<(), TemplateError> {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => Ok(()),
            TemplateElement::Expression(expression) | TemplateElement::HtmlExpression(expression) => {
                self.expression(expression, line)
            }
            TemplateElement::HelperBlock(block) => self.block(block, line),
            TemplateElement::PartialExpression(include) => self.include(include, line),
            // A block include could hide what is missing, and decorators could redefine what was checked.
            TemplateElement::PartialBlock(_) => Err(self.unknown(line, "helper", "#>", known(helpers::NAMES))),
            _ => Err(self.unknown(line, "helper", "*", known(helpers::NAMES))),
        }
    }

    /// Parts include nothing, and layouts only arrange, so includes cannot go round in circles.
    fn include(&mut self, include: &DecoratorTemplate, line: usize) -> Result<(), TemplateError> {
        let name = include.name.as_name().unwrap_or("(...)");
        let part = part_of(name).filter(|_| !is_part(self.place.name) && !is_layout(self.place.name));
        match part {
            Some(part) if include.params.is_empty() && include.hash.is_empty() => {
                self.parts.insert(part);
                Ok(())
            }
            _ if is_part(self.place.name) || is_layout(self.place.name) => {
                Err(self.unknown(line, "part", name, vec!["none here: parts and layouts include no parts".to_owned()]))
            }
            _ => Err(self.unknown(line, "part", name, known(PARTS))),
        }
    }

    fn expression(&self, expression: &HelperTemplate, line: usize) -> Result<(), TemplateError> {
        if expression.params.is_empty() && expression.hash.is_empty() {
            return self.variable(&expression.name, line);
        }
        let helper = expression.name.as_name().unwrap_or_default();
        if !helpers::NAMES.contains(&helper) || matches!(helper, "if" | "unless") || !expression.hash.is_empty() {
            return Err(self.unknown(line, "helper", helper, known(helpers::NAMES)));
        }
        if let Some(usage) = helpers::misuse(helper, &expression.params) {
            return Err(TemplateError::Misuse {
                file: self.place.file.to_owned(),
                line: self.place.line + line - 1,
                helper: helper.to_owned(),
                usage,
            });
        }
        expression.params.iter().try_for_each(|parameter| self.variable(parameter, line))
    }

    fn block(&mut self, block: &HelperTemplate, line: usize) -> Result<(), TemplateError> {
        let helper = block.name.as_name().unwrap_or_default();
        if !matches!(helper, "if" | "unless") {
            return Err(self.unknown(line, "helper", helper, known(helpers::NAMES)));
        }
        for parameter in block.params.iter().chain(block.hash.values()) {
            self.variable(parameter, line)?;
        }
        for inner in [&block.template, &block.inverse].into_iter().flatten() {
            self.template(inner)?;
        }
        Ok(())
    }

    fn variable(&self, parameter: &Parameter, line: usize) -> Result<(), TemplateError> {
        match (parameter, parameter.as_name()) {
            (Parameter::Literal(_), _) => Ok(()),
            (_, Some(name)) => self.variable_named(name, line),
            (_, None) => Err(self.unknown(line, "helper", "(...)", known(helpers::NAMES))),
        }
    }

    fn variable_named(&self, name: &str, line: usize) -> Result<(), TemplateError> {
        if self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(self.unknown(line, "variable", name, self.variables.to_vec()))
    }

    fn unknown(&self, line: usize, what: &'static str, name: &str, known: Vec<String>) -> TemplateError {
        TemplateError::UnknownName {
            file: self.place.file.to_owned(),
            line: self.place.line + line - 1,
            what,
            name: name.to_owned(),
            known,
        }
    }
}

fn known(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
