//! Helpers that templates may call beside `if` and `unless`.
//!
//! - `{{slot "where it stands"}}` leaves a place that a human fills: `[[FILL: where it stands]]`;
//! - `{{plural attempts "attempt" "attempts"}}` chooses by a number;
//! - `{{working_days 5}}` is the day that lies five working days ahead, in the words of the language.

use handlebars::template::Parameter;
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError, RenderErrorReason};
use serde_json::Value;

/// How far ahead `working_days` can look.
pub(super) const MOST_WORKING_DAYS: usize = 30;

/// Names of the helpers, those of the template engine that are allowed included.
pub(super) const NAMES: &[&str] = &["if", "unless", "slot", "plural", "working_days"];

/// Registers the helpers.
pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.register_helper("slot", Box::new(slot));
    registry.register_helper("plural", Box::new(plural));
    registry.register_helper("working_days", Box::new(working_days));
}

/// Returns how a helper is called, where a template calls it otherwise.
pub(super) fn misuse(name: &str, parameters: &[Parameter]) -> Option<&'static str> {
    let usage = match name {
        "slot" => "{{slot \"label\"}}",
        "plural" => "{{plural count \"one\" \"many\"}}",
        "working_days" => "{{working_days 5}}, from 1 to 30",
        _ => return None,
    };
    let right = match (name, parameters) {
        ("slot", [Parameter::Literal(Value::String(label))]) => {
            !label.trim().is_empty() && !label.contains(['[', ']', '\n'])
        }
        ("plural", [count, Parameter::Literal(Value::String(_)), Parameter::Literal(Value::String(_))]) => {
            !matches!(count, Parameter::Literal(_))
        }
        ("working_days", [Parameter::Literal(days)]) => days
            .as_u64()
            .and_then(|days| usize::try_from(days).ok())
            .is_some_and(|days| (1..=MOST_WORKING_DAYS).contains(&days)),
        _ => false,
    };
    (!right).then_some(usage)
}

fn slot(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let label = helper.param(0).and_then(|label| label.value().as_str()).ok_or_else(|| failed("slot has no label"))?;
    Ok(out.write(&format!("[[FILL: {label}]]"))?)
}

fn plural(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let count =
        helper.param(0).and_then(|count| count.value().as_u64()).ok_or_else(|| failed("plural has no number"))?;
    let word = helper.param(if count == 1 { 1 } else { 2 }).and_then(|word| word.value().as_str());
    Ok(out.write(word.ok_or_else(|| failed("plural has no word"))?)?)
}

fn working_days(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let days = helper.param(0).and_then(|days| days.value().as_u64()).and_then(|days| usize::try_from(days).ok());
    let day = days
        .and_then(|days| days.checked_sub(1))
        .and_then(|index| context.data().get("working_days")?.get(index)?.as_str())
        .ok_or_else(|| failed("no such working day"))?;
    Ok(out.write(day)?)
}

fn failed(reason: &str) -> RenderError {
    RenderErrorReason::Other(reason.to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> Result<String, RenderError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        register(&mut registry);
        let context = serde_json::json!({"one": 1, "two": 2, "word": "x", "working_days": ["Tuesday", "Wednesday"]});
        registry.render_template(template, &context)
    }

    #[test]
    fn helpers_do_what_they_say() {
        assert_eq!(rendered("{{slot \"the answer\"}}").unwrap(), "[[FILL: the answer]]");
        assert_eq!(rendered("{{plural one \"day\" \"days\"}} {{plural two \"day\" \"days\"}}").unwrap(), "day days");
        assert_eq!(rendered("{{working_days 2}}").unwrap(), "Wednesday");
    }

    #[test]
    fn helpers_fail_rather_than_guess() {
        assert!(rendered("{{plural word \"day\" \"days\"}}").is_err());
        assert!(rendered("{{working_days 3}}").is_err());
        assert!(rendered("{{working_days 0}}").is_err());
        assert!(rendered("{{slot one}}").is_err());
    }
}
