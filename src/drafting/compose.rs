//! A decision in, a draft out.

use std::collections::BTreeMap;

use handlebars::Context;
use jiff::civil::DateTime;

use super::audience::Audience;
use super::channels::{Limit, Profile};
use super::context::{BlockContext, ReplyContext, Sources, engine_context};
use super::error::DraftError;
use super::marker;
use super::notes;
use super::plan::{Plan, Planned, plan};
use super::situation::Choice;
use super::templates::{Pack, Rendered, Source, Templates};
use super::variety::Variety;
use crate::analysis::Analysis;
use crate::decision::{Apology, Decision};
use crate::draft::{DRAFT_VERSION, Draft, DraftBlock, Situation, Slot, Verdict};
use crate::language::Language;
use crate::markup::steers;
use crate::message::Message;
use crate::playbook::Playbook;
use crate::thread::ThreadState;

/// What a draft rests on.
#[derive(Debug, Clone, Copy)]
pub struct DraftInput<'a> {
    /// The message.
    pub message: &'a Message,
    /// Where it stands in its thread.
    pub thread: &'a ThreadState,
    /// What was found in it.
    pub analysis: &'a Analysis,
    /// What the playbook decided, with the same verdict.
    pub decision: &'a Decision,
    /// A person's judgement; *valid* confirms what the draft admits.
    pub verdict: Option<Verdict>,
    /// Values by slot name.
    pub set: &'a BTreeMap<String, String>,
    /// What a person chose or recorded beyond the message.
    pub choice: &'a Choice,
    /// The local time of the company, from which dates are reckoned.
    pub now: DateTime,
}

/// How much of the draft is said. Where a channel is tight, the next form is tried; sentences are never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Everything.
    Full,
    /// Without what is not strictly needed: the promise quoted, how serious it is, the questions.
    Plain,
    /// In the short templates.
    Short,
    /// In the short templates, without what is not strictly needed.
    Terse,
    /// As that, without a greeting.
    Bare,
    /// As that, without the blocks that can be left out (empathy and options): who answers, and when.
    Least,
}

impl Form {
    const ALL: [Self; 6] = [Self::Full, Self::Plain, Self::Short, Self::Terse, Self::Bare, Self::Least];

    pub(super) const fn extras(self) -> bool {
        matches!(self, Self::Full | Self::Short)
    }

    pub(super) fn short(self) -> bool {
        self >= Self::Short
    }

    pub(super) fn greeting(self) -> bool {
        self < Self::Bare
    }

    pub(super) fn optional(self) -> bool {
        self < Self::Least
    }
}

/// Returns a draft in four blocks for a human to edit.
///
/// Deterministic: the same input gives the same bytes. The customer's words never reach the text; of them only a first name does,
/// where it surely is one. What the draft would admit stands in a `[[CONFIRM: ...]]` marker unless the verdict is *valid*; facts that only
/// a human knows stand in `[[FILL: ...]]` unless `set` has them. Where no reply is needed and none was asked for, the text is
/// empty and the notes say why.
///
/// # Errors
/// When a value of `set` has no slot, the verdict contradicts the decision, even the shortest form does not fit the channel, the
/// playbook leaves no working day, there are no templates in the language, the situation is not written there, or a letter
/// that stops the conversation lacks what has to come before it.
pub fn draft(templates: &Templates, playbook: &Playbook, input: &DraftInput<'_>) -> Result<Draft, DraftError> {
    written(templates, playbook, input).map(|(draft, _)| draft)
}

/// As [`draft`], with the template behind each part of the text: greeting, the blocks that are on, signature, layout.
///
/// # Errors
/// As [`draft`].
pub(super) fn written(
    templates: &Templates,
    playbook: &Playbook,
    input: &DraftInput<'_>,
) -> Result<(Draft, Vec<Source>), DraftError> {
    let decision = input.decision;
    if input.verdict == Some(Verdict::Unfounded) && decision.blocks.apology == Apology::Responsibility {
        return Err(DraftError::VerdictMismatch);
    }
    let audience = audience(input);
    let language = language(playbook, input.choice)?;
    let profile = templates.channels().get(input.message.channel);
    let offers_mentioned = profile.is_some_and(|profile| profile.offers_mentioned);
    let Some(plan) = plan(playbook, input, audience, offers_mentioned)? else {
        marker::check_values(&[], input.set)?;
        let silent = Draft {
            blocks: decision.blocks.why.iter().zip(NAMES).map(|(why, name)| off(name, "off", &why.reason)).collect(),
            notes: notes::silence(decision),
            ..empty(input, language)
        };
        return Ok((silent, Vec::new()));
    };
    Writer::new(templates, playbook, input, audience, language, plan)?.fit(playbook)
}

/// Returns the language of a draft: the chosen one, else the playbook's.
fn language(playbook: &Playbook, choice: &Choice) -> Result<Language, DraftError> {
    choice.language.map_or_else(|| playbook_language(playbook), Ok)
}

fn playbook_language(playbook: &Playbook) -> Result<Language, DraftError> {
    let named = playbook.policy().language.get_ref();
    named.parse().map_err(|_| DraftError::NotALanguage { named: named.clone() })
}

fn audience(input: &DraftInput<'_>) -> Audience {
    match input.choice.situation() {
        // The sheet is for our own eyes, wherever the complaint stands.
        Situation::CallSheet => Audience::Email,
        _ => Audience::of(input.message),
    }
}

/// The four blocks, in the order of the reply.
pub(super) const NAMES: [&str; 4] = ["acknowledge", "apologize", "options", "closing"];

/// Blocks and text of one form.
struct Written {
    blocks: Vec<DraftBlock>,
    text: String,
    sources: Vec<Source>,
}

struct Writer<'a> {
    templates: &'a Templates,
    pack: &'a Pack,
    language: Language,
    variety: Variety,
    input: &'a DraftInput<'a>,
    audience: Audience,
    plan: Plan,
    context: BlockContext,
    profile: Option<&'a Profile>,
    limit: Option<Limit>,
}

impl<'a> Writer<'a> {
    fn new(
        templates: &'a Templates,
        playbook: &Playbook,
        input: &'a DraftInput<'a>,
        audience: Audience,
        language: Language,
        plan: Plan,
    ) -> Result<Self, DraftError> {
        let message = input.message;
        let profile = templates.channels().get(message.channel);
        let pack = templates.pack(language)?;
        let variety = input.choice.variety.unwrap_or_else(|| Variety::of(message, input.thread));
        let context = BlockContext::gather(&Sources {
            pack,
            language,
            playbook_language: playbook_language(playbook)?,
            playbook,
            input,
            audience,
            variety,
            people_named: profile.is_some_and(|profile| profile.people_named),
            address: profile.is_some_and(|profile| profile.our_address),
        })?;
        let sheet = plan.layout == "call_sheet";
        let limit = profile.and_then(|profile| profile.limit(message.channel, message.visibility)).filter(|_| !sheet);
        Ok(Self { templates, pack, language, variety, input, audience, plan, context, profile, limit })
    }

    /// Writes the longest form that fits.
    fn fit(&self, playbook: &Playbook) -> Result<(Draft, Vec<Source>), DraftError> {
        let mut known = Vec::new();
        let mut shortest = usize::MAX;
        // Chat is for a few lines, however much the channel takes.
        let longest = if self.audience == Audience::Chat { Form::Plain } else { Form::Full };
        for form in Form::ALL.into_iter().filter(|&form| form >= longest) {
            let written = self.write(form, &mut known)?;
            // The last line break is left behind in pasting.
            let posted = marker::as_posted(&written.text);
            let length = |limit: Limit| limit.unit.length(posted.trim_end());
            if let Some(limit) = self.limit
                && length(limit) > limit.most
            {
                shortest = shortest.min(length(limit));
                continue;
            }
            marker::check_values(&known, self.input.set)?;
            let draft = Draft {
                slots: marker::slots(&written.text),
                notes: notes::all(
                    playbook,
                    self.input,
                    &notes::About {
                        profile: self.profile,
                        limit: self.limit.map(|limit| (limit, length(limit))),
                        form,
                        plan: &self.plan,
                        language: self.language,
                        untranslated: &self.context.untranslated,
                    },
                ),
                text: written.text,
                blocks: written.blocks,
                ..empty(self.input, self.language)
            };
            return Ok((draft, written.sources));
        }
        let limit = self.limit.map_or((0, super::weight::Unit::Chars), |limit| (limit.most, limit.unit));
        Err(DraftError::DoesNotFit { channel: self.input.message.channel, limit: limit.0, unit: limit.1, shortest })
    }

    /// Writes one form. The markers that it has before values are filled in are added to `known`.
    fn write(&self, form: Form, known: &mut Vec<Slot>) -> Result<Written, DraftError> {
        let context = engine_context(&self.context_of(form))?;
        let mut sources = Vec::new();
        let mut blocks = Vec::with_capacity(NAMES.len());
        for planned in &self.plan.blocks {
            let Some(base) = planned.base.filter(|_| form.optional() || !planned.optional) else {
                blocks.push(off(planned.name, &planned.variant, &planned.reason));
                continue;
            };
            let rendered = self.part(base, form, &context)?;
            known.extend(marker::slots(&rendered.text));
            blocks.push(self.block(planned, &rendered));
            sources.push(rendered.source);
            sources.extend(rendered.parts);
        }
        let text = self.lay_out(form, &context, &mut blocks, &mut sources)?;
        Ok(Written { blocks, text, sources })
    }

    fn block(&self, planned: &Planned, rendered: &Rendered) -> DraftBlock {
        let text = marker::settle(&rendered.text, self.input.verdict, self.input.set);
        DraftBlock {
            name: planned.name.to_owned(),
            on: !text.is_empty(),
            variant: planned.variant.clone(),
            template: Some(format!("{}/{}#{}", self.language, rendered.source.name, rendered.source.phrasing)),
            text,
            reason: planned.reason.clone(),
        }
    }

    fn context_of(&self, form: Form) -> BlockContext {
        let mut context = self.context.clone();
        context.room = form.optional();
        if !form.extras() {
            context.extras = false;
            context.serious = false;
            context.promise.clear();
            context.questions_asked = false;
        }
        context
    }

    fn lay_out(
        &self,
        form: Form,
        context: &Context,
        blocks: &mut [DraftBlock],
        sources: &mut Vec<Source>,
    ) -> Result<String, DraftError> {
        let sheet = self.plan.layout == "call_sheet";
        let greeting_line = if form.greeting() && !sheet {
            let rendered = self.part("greeting", form, context)?;
            sources.push(rendered.source);
            rendered.text
        } else {
            String::new()
        };
        if greeting_line.ends_with(',')
            && let Some(first) = blocks.first_mut()
        {
            let inline = self.audience.inline() || form.short();
            first.text = self.pack.phrases().words().go_on(&first.text, inline);
        }
        let text_of = |index: usize| blocks.get(index).map_or_else(String::new, |block| block.text.clone());
        let signature = if sheet { String::new() } else { self.signature(form, context, sources)? };
        let reply = ReplyContext {
            acknowledge: text_of(0),
            apologize: text_of(1),
            options: text_of(2),
            closing: text_of(3),
            signature_line: signature,
            greeting_line,
        };
        let rendered = self.part(self.plan.layout, form, &engine_context(&reply)?)?;
        sources.push(rendered.source);
        Ok(tidy(&rendered.text))
    }

    fn signature(&self, form: Form, context: &Context, sources: &mut Vec<Source>) -> Result<String, DraftError> {
        let rendered = self.part("signature", form, context)?;
        sources.push(rendered.source);
        Ok(rendered.text)
    }

    fn part(&self, base: &str, form: Form, context: &Context) -> Result<Rendered, DraftError> {
        self.templates.render(self.pack, (base, self.audience, form.short()), self.variety, context)
    }
}

fn off(name: &str, variant: &str, reason: &str) -> DraftBlock {
    DraftBlock {
        name: name.to_owned(),
        on: false,
        variant: variant.to_owned(),
        text: String::new(),
        template: None,
        reason: reason.to_owned(),
    }
}

fn empty(input: &DraftInput<'_>, language: Language) -> Draft {
    Draft {
        version: DRAFT_VERSION,
        message_id: input.message.id.clone(),
        channel: input.message.channel,
        situation: input.choice.situation(),
        language,
        blocks: Vec::new(),
        text: String::new(),
        slots: Vec::new(),
        verdict: input.verdict,
        notes: Vec::new(),
    }
}

/// Takes trailing blanks and doubled blank lines out, and what could steer a terminal, and ends with a line break.
fn tidy(text: &str) -> String {
    let text: String = text.chars().filter(|&sign| sign == '\n' || !steers(sign)).collect();
    let mut tidy = String::with_capacity(text.len() + 1);
    let mut blank = 0;
    for line in text.trim().lines() {
        let line = line.trim_end();
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn texts_are_tidy() {
        assert_eq!(tidy("a  \n\n\n\nb\n\n"), "a\n\nb\n");
        assert_eq!(tidy("a\u{1b}[2J\u{202e} b\r\n"), "a[2J b\n");
    }
}
