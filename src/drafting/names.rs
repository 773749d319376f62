//! The names that templates may use. Strict mode of the template engine is silent about a misspelt condition, so every template is
//! read here first.

use std::sync::LazyLock;

use handlebars::TemplateError as EngineError;
use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};
use serde::Serialize;

use super::context::{BlockContext, ReplyContext};
use super::error::TemplateError;

/// Helpers that templates may call.
const HELPERS: &[&str] = &["if", "unless"];

static BLOCK_VARIABLES: LazyLock<Vec<String>> = LazyLock::new(|| keys(&BlockContext::default()));
static REPLY_VARIABLES: LazyLock<Vec<String>> = LazyLock::new(|| keys(&ReplyContext::default()));

fn keys(context: &impl Serialize) -> Vec<String> {
    match serde_json::to_value(context) {
        Ok(serde_json::Value::Object(fields)) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Checks that a template is handlebars and uses only names that exist.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub(super) fn check(name: &str, text: &str) -> Result<(), TemplateError> {
    let template = Template::compile(text.trim_end()).map_err(|error| syntax_error(name, &error))?;
    let variables = if name == "reply" || name.starts_with("reply.") { &*REPLY_VARIABLES } else { &*BLOCK_VARIABLES };
    Checker { name, variables }.template(&template)
}

/// Turns an error of the template engine into ours.
pub(super) fn syntax_error(name: &str, error: &EngineError) -> TemplateError {
    TemplateError::Syntax {
        template: name.to_owned(),
        line: error.pos().map_or(1, |(line, _)| line),
        reason: error.reason().to_string().replace('\n', " ").trim().to_owned(),
    }
}

struct Checker<'a> {
    name: &'a str,
    variables: &'a [String],
}

impl Checker<'_> {
    fn template(&self, template: &Template) -> Result<(), TemplateError> {
        template.elements.iter().enumerate().try_for_each(|(index, element)| {
            let line = template.mapping.get(index).map_or(1, |at| at.0);
            self.element(element, line)
        })
    }

    fn element(&self, element: &TemplateElement, line: usize) -> Result<(), TemplateError> {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => Ok(()),
            TemplateElement::Expression(expression) | TemplateElement::HtmlExpression(expression) => {
                self.expression(expression, line)
            }
            TemplateElement::HelperBlock(block) => self.block(block, line),
            // Includes could go round in circles, and decorators could redefine what was checked.
            TemplateElement::PartialExpression(_) | TemplateElement::PartialBlock(_) => {
                Err(self.unknown(line, "helper", ">", known(HELPERS)))
            }
            _ => Err(self.unknown(line, "helper", "*", known(HELPERS))),
        }
    }

    fn expression(&self, expression: &HelperTemplate, line: usize) -> Result<(), TemplateError> {
        if expression.params.is_empty() && expression.hash.is_empty() {
            return self.variable(&expression.name, line);
        }
        let helper = expression.name.as_name().unwrap_or_default();
        Err(self.unknown(line, "helper", helper, known(HELPERS)))
    }

    fn block(&self, block: &HelperTemplate, line: usize) -> Result<(), TemplateError> {
        let helper = block.name.as_name().unwrap_or_default();
        if !HELPERS.contains(&helper) {
            return Err(self.unknown(line, "helper", helper, known(HELPERS)));
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
            (_, None) => Err(self.unknown(line, "helper", "(...)", known(HELPERS))),
        }
    }

    fn variable_named(&self, name: &str, line: usize) -> Result<(), TemplateError> {
        if self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(self.unknown(line, "variable", name, self.variables.to_vec()))
    }

    fn unknown(&self, line: usize, what: &'static str, name: &str, known: Vec<String>) -> TemplateError {
        TemplateError::UnknownName { template: self.name.to_owned(), line, what, name: name.to_owned(), known }
    }
}

fn known(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
