//! A decision in, a draft out.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use super::audience::Audience;
use super::channels::{Limit, Profile};
use super::context::{BlockContext, ReplyContext};
use super::error::DraftError;
use super::marker;
use super::notes;
use super::templates::Templates;
use crate::analysis::Analysis;
use crate::decision::{Acknowledge, Apology, BlockReason, Closing, Decision};
use crate::draft::{DRAFT_VERSION, Draft, DraftBlock, Slot, Verdict};
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
    /// The local time of the company, from which dates are reckoned.
    pub now: DateTime,
}

/// How much of the draft is said. Where a channel is tight, the next form is tried; sentences are never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Everything.
    Full,
    /// Without what is not strictly needed.
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

    const fn extras(self) -> bool {
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
/// a human knows stand in `[[FILL: ...]]` unless `set` has them. Where no reply is needed, the text is empty and the notes say why.
///
/// # Errors
/// When a value of `set` has no slot, the verdict contradicts the decision, even the shortest form does not fit the channel, or the
/// playbook leaves no working day.
pub fn draft(templates: &Templates, playbook: &Playbook, input: &DraftInput<'_>) -> Result<Draft, DraftError> {
    let decision = input.decision;
    if input.verdict == Some(Verdict::Unfounded) && decision.blocks.apology == Apology::Responsibility {
        return Err(DraftError::VerdictMismatch);
    }
    if decision.blocks.acknowledge == Acknowledge::Off {
        marker::check_values(&[], input.set)?;
        return Ok(Draft {
            blocks: decision.blocks.why.iter().zip(NAMES).map(|(why, name)| off(name, "off", why)).collect(),
            notes: notes::silence(decision),
            ..empty(input)
        });
    }
    let writer = Writer::new(templates, playbook, input)?;
    let mut known = Vec::new();
    let mut shortest = usize::MAX;
    // Chat is for a few lines, however much the channel takes.
    let longest = if writer.audience == Audience::Chat { Form::Plain } else { Form::Full };
    for form in Form::ALL.into_iter().filter(|&form| form >= longest) {
        let written = writer.write(form, &mut known)?;
        // A fact to confirm is posted without its marker.
        let posted = marker::settle(&written.text, Some(Verdict::Valid), &BTreeMap::new());
        let length = |limit: Limit| limit.unit.length(posted.trim_end());
        match writer.limit {
            Some(limit) if length(limit) > limit.most => shortest = shortest.min(length(limit)),
            _ => {
                marker::check_values(&known, input.set)?;
                return Ok(Draft {
                    slots: marker::slots(&written.text),
                    notes: notes::all(
                        playbook,
                        input,
                        writer.profile,
                        writer.limit.map(|limit| (limit, length(limit))),
                        form,
                    ),
                    text: written.text,
                    blocks: written.blocks,
                    ..empty(input)
                });
            }
        }
    }
    match writer.limit {
        Some(limit) => Err(DraftError::DoesNotFit {
            channel: input.message.channel,
            limit: limit.most,
            unit: limit.unit,
            shortest,
        }),
        // Without a limit the first form was returned.
        None => Ok(empty(input)),
    }
}

/// The four blocks, in the order of the reply.
pub(super) const NAMES: [&str; 4] = ["acknowledge", "apologize", "options", "closing"];

/// Blocks and text of one form.
struct Written {
    blocks: Vec<DraftBlock>,
    text: String,
}

struct Writer<'a> {
    templates: &'a Templates,
    input: &'a DraftInput<'a>,
    audience: Audience,
    context: BlockContext,
    profile: Option<&'a Profile>,
    limit: Option<Limit>,
}

impl<'a> Writer<'a> {
    fn new(templates: &'a Templates, playbook: &Playbook, input: &'a DraftInput<'a>) -> Result<Self, DraftError> {
        let message = input.message;
        let audience = Audience::of(message);
        let profile = templates.channels().get(message.channel);
        let context = BlockContext::gather(
            templates.phrases(),
            profile.is_some_and(|profile| profile.people_named),
            profile.is_some_and(|profile| profile.our_address),
            playbook,
            input,
            audience,
        )?;
        Ok(Self {
            templates,
            input,
            audience,
            context,
            profile,
            limit: profile.and_then(|profile| profile.limit(message.channel, message.visibility)),
        })
    }

    /// Writes one form. The markers that it has before values are filled in are added to `known`.
    fn write(&self, form: Form, known: &mut Vec<Slot>) -> Result<Written, DraftError> {
        let context = self.context_of(form);
        let blocks = &self.input.decision.blocks;
        let bases = [
            Some(self.acknowledge_base()),
            apology_base(blocks.apology).filter(|_| form.optional() || blocks.apology == Apology::Responsibility),
            (!blocks.options.is_empty() && form.optional()).then_some("options/offers"),
            self.closing_base(),
        ];
        let variants = self.variants();
        let mut written = Vec::with_capacity(NAMES.len());
        for (index, (base, why)) in bases.into_iter().zip(&blocks.why).enumerate() {
            let name = NAMES.get(index).copied().unwrap_or_default();
            let variant = variants.get(index).map_or("", String::as_str);
            let Some(base) = base else {
                written.push(off(name, variant, why));
                continue;
            };
            let text = self.part(base, form, &context)?;
            known.extend(marker::slots(&text));
            let text = marker::settle(&text, self.input.verdict, self.input.set);
            written.push(DraftBlock {
                name: name.to_owned(),
                on: !text.is_empty(),
                variant: variant.to_owned(),
                text,
                reason: why.reason.clone(),
            });
        }
        let text = self.lay_out(form, &context, &mut written)?;
        Ok(Written { blocks: written, text })
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

    fn lay_out(&self, form: Form, context: &BlockContext, blocks: &mut [DraftBlock]) -> Result<String, DraftError> {
        let greeting_line = if form.greeting() { self.part("greeting", form, context)? } else { String::new() };
        if (self.audience.inline() || form.short())
            && greeting_line.ends_with(',')
            && let Some(first) = blocks.first_mut()
        {
            first.text = continued(&first.text);
        }
        let text_of = |index: usize| blocks.get(index).map_or_else(String::new, |block| block.text.clone());
        let reply = ReplyContext {
            acknowledge: text_of(0),
            apologize: text_of(1),
            options: text_of(2),
            closing: text_of(3),
            signature_line: self.part("signature", form, context)?,
            greeting_line,
        };
        let name = self.templates.choose("reply", self.audience, form.short());
        Ok(tidy(&self.templates.render(&name, &reply)?))
    }

    fn part(&self, base: &str, form: Form, context: &BlockContext) -> Result<String, DraftError> {
        let name = self.templates.choose(base, self.audience, form.short());
        self.templates.render(&name, context)
    }

    /// Whether it is neither a complaint nor an unhappy message: something is asked or told, nothing is to be sorry for.
    fn calm(&self) -> bool {
        let blocks = &self.input.decision.blocks;
        blocks.acknowledge == Acknowledge::Issue && blocks.apology == Apology::None
    }

    fn acknowledge_base(&self) -> &'static str {
        let decision = self.input.decision;
        match decision.blocks.acknowledge {
            _ if !decision.triggers.is_empty() => "acknowledge/trigger",
            Acknowledge::Thanks => "acknowledge/thanks",
            Acknowledge::NotListenedTo => "acknowledge/not_listened_to",
            _ if self.calm() && self.input.message.text.contains('?') => "acknowledge/question",
            _ if self.calm() => "acknowledge/note",
            Acknowledge::Issue | Acknowledge::Off => "acknowledge/issue",
        }
    }

    fn closing_base(&self) -> Option<&'static str> {
        match self.input.decision.blocks.closing {
            Closing::Off => None,
            Closing::OwnerAndDate if self.calm() => Some("closing/question"),
            Closing::OwnerAndDate => Some("closing/owner_and_date"),
            Closing::TakeOffline => Some("closing/take_offline"),
            Closing::WhoAnswersWhen => Some("closing/who_answers_when"),
            Closing::Plain => Some("closing/plain"),
        }
    }

    fn variants(&self) -> [String; 4] {
        let decision = self.input.decision;
        let acknowledge = match (decision.triggers.first(), decision.blocks.acknowledge) {
            (Some(trigger), _) => format!("trigger {trigger}"),
            (None, Acknowledge::NotListenedTo) => "not listened to".to_owned(),
            (None, Acknowledge::Thanks) => "thanks".to_owned(),
            (None, _) => "issue".to_owned(),
        };
        let options = match decision.blocks.options.len() {
            0 => "none".to_owned(),
            1 => "1 offer".to_owned(),
            more => format!("{more} offers"),
        };
        let closing = match decision.blocks.closing {
            Closing::Off => "off",
            Closing::OwnerAndDate => "owner and date",
            Closing::TakeOffline => "take offline",
            Closing::WhoAnswersWhen => "who answers when",
            Closing::Plain => "plain",
        };
        [acknowledge, decision.blocks.apology.name().to_owned(), options, closing.to_owned()]
    }
}

fn apology_base(apology: Apology) -> Option<&'static str> {
    match apology {
        Apology::None => None,
        Apology::Empathy => Some("apologize/empathy"),
        Apology::Responsibility => Some("apologize/responsibility"),
    }
}

fn off(name: &str, variant: &str, why: &BlockReason) -> DraftBlock {
    DraftBlock {
        name: name.to_owned(),
        on: false,
        variant: variant.to_owned(),
        text: String::new(),
        reason: why.reason.clone(),
    }
}

fn empty(input: &DraftInput<'_>) -> Draft {
    Draft {
        version: DRAFT_VERSION,
        message_id: input.message.id.clone(),
        channel: input.message.channel,
        blocks: Vec::new(),
        text: String::new(),
        slots: Vec::new(),
        verdict: input.verdict,
        notes: Vec::new(),
    }
}

/// Returns a text that goes on after `Hello Lee,`: its first letter small, unless the word is `I` or a marker.
fn continued(text: &str) -> String {
    let first_word = text.split(|letter: char| !letter.is_alphanumeric()).next();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if first_word != Some("I") => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// Takes trailing blanks and doubled blank lines out, and ends with a line break.
fn tidy(text: &str) -> String {
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
    fn sentences_go_on_after_a_greeting() {
        assert_eq!(continued("You waited."), "you waited.");
        assert_eq!(continued("I can see."), "I can see.");
        assert_eq!(continued("Is it?"), "is it?");
        assert_eq!(continued(""), "");
    }

    #[test]
    fn texts_are_tidy() {
        assert_eq!(tidy("a  \n\n\n\nb\n\n"), "a\n\nb\n");
    }
}
