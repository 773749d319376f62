//! `amends templates`: what there is, which one is used where, how it reads, and the proof that all of it works.

use std::io::{self, Write};

use crate::draft::{Draft, Situation, SlotKind};
use crate::drafting::example::{AUTHOR as EXAMPLE_AUTHOR, Example};
use crate::drafting::proof::{self, Combination, Finding, Objection, Proof, Scope};
use crate::drafting::{Candidate, Explained, Templates};
use crate::gate::{Author, Gate, Level, Reply, RuleId};
use crate::language::Language;
use crate::message::{Channel, Visibility};
use crate::playbook::{Issue, Playbook};

use super::args::{
    TemplatesCheck, TemplatesExplain, TemplatesList, TemplatesPreview, TemplatesVerb, TextOrJson, VerdictChoice,
};
use super::draft;
use super::env::Environment;
use super::error::{CliError, Exit};
use super::output::style::Style;
use super::{playbook, warn};

/// Runs a verb.
pub(super) fn run(verb: &TemplatesVerb, env: &Environment) -> Result<Exit, CliError> {
    match verb {
        TemplatesVerb::List(args) => list(args),
        TemplatesVerb::Preview(args) => preview(args, env),
        TemplatesVerb::Check(args) => check(args, env),
        TemplatesVerb::Explain(args) => explain(args, env),
    }
}

fn list(args: &TemplatesList) -> Result<Exit, CliError> {
    let templates = draft::templates(args.templates.as_deref())?;
    let mut listed = templates.list();
    if let Some(language) = args.lang {
        known(&templates, language)?;
        listed.retain(|template| template.language == language);
    }
    let mut out = io::stdout();
    match args.format {
        TextOrJson::Json => json(&listed)?,
        TextOrJson::Text => {
            for template in &listed {
                let phrasings = template.phrasings;
                let ways = if phrasings == 1 { "phrasing" } else { "phrasings" };
                let own = if template.own { format!("  {}", template.file) } else { String::new() };
                let name = format!("{}/{}", template.language, template.name);
                writeln!(out, "{name:<48} {phrasings} {ways}{own}")?;
            }
        }
    }
    Ok(Exit::Done)
}

fn explain(args: &TemplatesExplain, env: &Environment) -> Result<Exit, CliError> {
    let templates = draft::templates(args.templates.as_deref())?;
    let language = args.lang.unwrap_or_default();
    let situation = args.situation.unwrap_or(Situation::Reply);
    let place = (args.channel, visibility(args.channel, args.private));
    let explained = templates
        .explain(language, place, situation, args.block.map(super::args::BlockChoice::name))
        .map_err(|error| draft::refused(&error))?;
    if args.format == TextOrJson::Json {
        json(&explained)?;
        return Ok(Exit::Done);
    }
    let style = Style::new(env.color_out());
    let mut out = io::stdout();
    writeln!(out, "{situation} on {}, {}, in {}", args.channel, place.1.name(), language.name())?;
    if explained.is_empty() {
        writeln!(out, "this block is off in {situation}")?;
    }
    for block in &explained {
        writeln!(out)?;
        write_explained(block, style, &mut out)?;
    }
    Ok(Exit::Done)
}

fn write_explained(explained: &Explained, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", style.bold(format!("{:<12}", explained.block)), explained.base)?;
    write_names("where there is room", &explained.names, style, out)?;
    write_names("where it is tight", &explained.short, style, out)?;
    if !explained.parts.is_empty() {
        writeln!(out, "  includes: {}", explained.parts.join(", "))?;
    }
    Ok(())
}

fn write_names(title: &str, names: &[Candidate], style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {title}:")?;
    for (index, candidate) in names.iter().enumerate() {
        let file = match (&candidate.file, candidate.chosen) {
            (Some(file), true) => style.green(format!("used: {file}")),
            (Some(file), false) => style.dim(format!("there, but not reached: {file}")),
            (None, _) => style.dim("none"),
        };
        writeln!(out, "    {}. {:<48} {file}", index + 1, candidate.name)?;
    }
    Ok(())
}

fn preview(args: &TemplatesPreview, env: &Environment) -> Result<Exit, CliError> {
    let templates = draft::templates(args.templates.as_deref())?;
    let playbook = playbook::load(args.playbook.as_deref(), env)?;
    let language = match args.lang {
        Some(language) => language,
        None => playbook_language(&playbook)?,
    };
    let mut example = Example::complaint(args.channel, args.issue.unwrap_or(Issue::Delivery));
    example.visibility = visibility(args.channel, args.private);
    example.validity = args.validity.unwrap_or(example.validity);
    example.trigger = args.trigger;
    example.contacts = args.contacts.unwrap_or(example.contacts);
    let combination = Combination {
        language,
        situation: args.situation,
        example,
        verdict: args.verdict.map(VerdictChoice::verdict),
        phrasing: usize::from(args.phrasing.unwrap_or(1)) - 1,
    };
    let (draft, _) = proof::drafted(&templates, &playbook, &combination, env.now.datetime())
        .map_err(|error| draft::refused(&error))?;
    let mut out = io::stdout();
    out.write_all(draft.text.as_bytes())?;
    out.flush()?;
    for block in draft.blocks.iter().filter(|block| block.on) {
        let template = block.template.as_deref().unwrap_or_default();
        warn(&format!("{:<12} {:<16} {template}", block.name, block.variant))?;
    }
    warn("the message is made up; the policy is the playbook's")?;
    Ok(Exit::Done)
}

fn check(args: &TemplatesCheck, env: &Environment) -> Result<Exit, CliError> {
    let templates = draft::templates(args.dir.as_deref().or(args.templates.as_deref()))?;
    let playbook = playbook::load(args.playbook.as_deref(), env)?;
    let mut scope = Scope::all(&templates);
    if let Some(language) = args.lang {
        known(&templates, language)?;
        scope.languages = vec![language];
    }
    if !args.channel.is_empty() {
        scope.channels.clone_from(&args.channel);
    }
    let rules = Gate::new(&playbook, templates.channels());
    let proof = proof::prove(&templates, &playbook, &scope, env.now.datetime(), &|combination, draft| {
        objections(&rules, combination, draft)
    });
    match args.format {
        TextOrJson::Json => json(&proof)?,
        // A part of the channels leaves templates of the others unused.
        TextOrJson::Text => write_proof(&proof, &scope, args.channel.is_empty())?,
    }
    Ok(if proof.findings.is_empty() { Exit::Done } else { Exit::Invalid })
}

fn write_proof(proof: &Proof, scope: &Scope, whole: bool) -> Result<(), CliError> {
    let mut out = io::stdout();
    for finding in &proof.findings {
        writeln!(out, "{}", line_of(finding))?;
    }
    for file in proof.unused.iter().filter(|_| whole) {
        warn(&format!("note: no combination uses {file}"))?;
    }
    let languages: Vec<&str> = scope.languages.iter().map(Language::code).collect();
    let outcome = match proof.findings.len() {
        0 => "all render, fit their channel and pass the gate".to_owned(),
        1 => "1 finding".to_owned(),
        more => format!("{more} findings"),
    };
    writeln!(
        out,
        "{} combinations drafted in {} ({} more need no reply): {outcome}",
        proof.drafted,
        languages.join(" and "),
        proof.silent
    )?;
    Ok(())
}

fn line_of(finding: &Finding) -> String {
    let place = match (&finding.file, finding.line) {
        (Some(file), Some(line)) => format!("{file}:{line}: "),
        _ => String::new(),
    };
    let excerpt = if finding.excerpt.is_empty() { String::new() } else { format!(" … {} …", finding.excerpt) };
    let others = match finding.combinations {
        1 => String::new(),
        more => format!(" and {} more", more - 1),
    };
    format!("{place}{}{excerpt} (in {}{others})", finding.what, finding.first)
}

/// Returns the errors that the send gate finds. Marks that a draft is meant to have are none.
fn objections(rules: &Gate, combination: &Combination, draft: &Draft) -> Vec<Objection> {
    let reply = Reply {
        visibility: combination.example.visibility,
        validity: combination.example.validity,
        verdict: combination.verdict,
        turn: combination.example.company_turns + 1,
        author: if combination.example.named { Author::Named(EXAMPLE_AUTHOR) } else { Author::Unknown },
        lang: combination.language.code(),
        ..Reply::new(&draft.text, draft.channel)
    };
    let confirms = draft.slots.iter().any(|slot| slot.kind == SlotKind::Confirm);
    let meant = |rule: RuleId| match rule {
        // What stands in a slot is not known yet, so neither is the length.
        RuleId::UnfilledSlot | RuleId::OverLimit => !draft.slots.is_empty(),
        // A responsibility apology that waits for the verdict.
        RuleId::UnconfirmedAdmission | RuleId::ResponsibilityNotValid => confirms,
        _ => false,
    };
    let report = rules.check(&reply);
    let errors = report.findings.into_iter().filter(|finding| finding.level == Level::Error && !meant(finding.rule));
    errors
        .map(|finding| Objection { at: finding.from, what: format!("{}: {}", finding.rule, finding.message) })
        .collect()
}

fn visibility(channel: Channel, private: bool) -> Visibility {
    if private { Visibility::Private } else { channel.usual_visibility() }
}

fn playbook_language(playbook: &Playbook) -> Result<Language, CliError> {
    let named = playbook.policy().language.get_ref();
    named.parse().map_err(|error: crate::language::NoLanguage| CliError::from_error(Exit::Invalid, &error))
}

fn known(templates: &Templates, language: Language) -> Result<(), CliError> {
    let languages = templates.languages();
    if languages.contains(&language) {
        return Ok(());
    }
    let error = crate::drafting::DraftError::NoSuchLanguage { language, known: languages };
    Err(draft::refused(&error))
}

fn json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let mut out = io::stdout();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_an_editor_can_jump_to() {
        let finding = Finding {
            file: Some("mine/closing/plain.hbs".to_owned()),
            line: Some(3),
            what: "two blanks in a row".to_owned(),
            combinations: 2,
            first: "en email private reply delivery unclear, phrasing 1".to_owned(),
            excerpt: "so good".to_owned(),
        };
        assert_eq!(
            line_of(&finding),
            "mine/closing/plain.hbs:3: two blanks in a row … so good … (in en email private reply delivery unclear, phrasing 1 and 1 more)"
        );
        let bare = Finding { file: None, line: None, combinations: 1, excerpt: String::new(), ..finding };
        assert!(line_of(&bare).starts_with("two blanks in a row (in "), "{}", line_of(&bare));
    }
}
