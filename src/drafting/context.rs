//! What templates can name: plain words and flags. A word that is empty is left out when a template is rendered, so that nothing
//! becomes a blank by accident.

use handlebars::Context;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::audience::Audience;
use super::calendar::{self, Deadline};
use super::compose::DraftInput;
use super::error::DraftError;
use super::helpers::MOST_WORKING_DAYS;
use super::marker::harmless;
use super::person;
use super::templates::Pack;
use super::variety::Variety;
use crate::analysis::{Emotion, Validity};
use crate::decision::Apology;
use crate::draft::{Situation, Verdict};
use crate::language::Language;
use crate::message::Channel;
use crate::playbook::{Band, Issue, Playbook};

/// Variables of the templates of blocks, greeting and signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "templates ask yes-or-no questions")]
pub(super) struct BlockContext {
    /// Whether there is room for what is not strictly needed.
    pub(super) extras: bool,
    /// Whether there is room for the last courtesies.
    pub(super) room: bool,

    // Them.
    has_name: bool,
    first_name: String,
    feeling: String,

    // What happened.
    topic: String,
    /// Whether we know what it is about, so that the topic says something.
    known: bool,
    trouble: String,
    trouble_start: String,
    situation: String,
    sorry: String,
    failing: String,
    /// The promise that they hold against us; empty where there is none.
    pub(super) promise: String,
    trigger_situation: String,
    trigger_short: String,

    // How it stands.
    likely_valid: bool,
    unfounded: bool,
    /// Whether the apology takes responsibility.
    responsible: bool,
    pub(super) serious: bool,
    /// Whether they asked more than once without an answer.
    unheard: bool,
    /// As [`unheard`](Self::unheard), where the failing does not say so already.
    silence: bool,
    /// `twice`, `three times`.
    times: String,
    /// Whether our public replies have reached the playbook's most.
    capped: bool,
    pub(super) questions_asked: bool,
    questions: String,
    /// A line each, with a dash; of all questions.
    questions_list: String,
    /// Whether the complaint stands in public, too.
    also_public: bool,

    // What we offer.
    offered: bool,
    pub(super) one_offer: bool,
    /// `a, or b`.
    pub(super) offers_or: String,
    /// A line each, with a dash.
    pub(super) offers_list: String,
    /// Offers that were made before, a line each, with a dash.
    offers_made: String,
    /// Whether a call is proposed in the options block.
    pub(super) call: bool,
    /// Whether a call is proposed in the closing note.
    pub(super) call_here: bool,
    call_slots: String,

    // Us.
    company: String,
    greeting: String,
    sign_off: String,
    signer: String,
    public_signer: String,
    email: String,
    /// Whether our address may be given here.
    address: bool,
    /// Whether people may be named here.
    people_named: bool,
    owner: String,
    owner_role: String,
    /// `Nora from customer care`, or `our customer care team` where people may not be named.
    owner_public: String,
    /// The same at the start of a sentence.
    owner_public_start: String,
    owner_signs: bool,
    /// Who is behind the owner, a line each; for the call sheet.
    behind: String,
    /// Who decided to stop.
    by: String,
    /// Whether that is who signs.
    by_signs: bool,
    /// Attempts at a solution so far.
    attempts: u32,
    /// Where they can turn, for regulated firms.
    ombudsman: String,
    by_when: String,
    by_when_short: String,
    /// By when a regulated firm owes its final answer; empty where that is unknown or past.
    final_by: String,
    report_by: String,
    report_by_short: String,
    /// The next working days in words, for the helper.
    working_days: Vec<String>,
    /// What has no words in the language of the draft, for a note.
    #[serde(skip)]
    pub(super) untranslated: Vec<String>,
}

/// Variables of the layouts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct ReplyContext {
    pub(super) greeting_line: String,
    pub(super) acknowledge: String,
    pub(super) apologize: String,
    pub(super) options: String,
    pub(super) closing: String,
    pub(super) signature_line: String,
}

/// Returns variables as the template engine takes them, without those that are empty.
///
/// # Errors
/// Never for the types of this module.
pub(super) fn engine_context(variables: &impl Serialize) -> Result<Context, DraftError> {
    let failed = |reason: String| DraftError::Render { file: "the variables".to_owned(), line: 1, reason };
    let mut value = serde_json::to_value(variables).map_err(|error| failed(error.to_string()))?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| value.as_str() != Some(""));
    }
    Context::wraps(value).map_err(|error| failed(error.to_string()))
}

/// What a context is gathered from.
pub(super) struct Sources<'a> {
    pub(super) pack: &'a Pack,
    pub(super) language: Language,
    /// Language of the playbook's texts.
    pub(super) playbook_language: Language,
    pub(super) playbook: &'a Playbook,
    pub(super) input: &'a DraftInput<'a>,
    pub(super) audience: Audience,
    pub(super) variety: Variety,
    /// Whether people may be named there.
    pub(super) people_named: bool,
    /// Whether our address may be given there.
    pub(super) address: bool,
}

impl Sources<'_> {
    /// Returns words of the playbook in the language of the draft.
    fn own_words<'t>(&'t self, text: &'t str) -> Option<&'t str> {
        if self.playbook_language == self.language || text.is_empty() {
            Some(text)
        } else {
            self.pack.translations().of(text)
        }
    }

    /// As [`own_words`](Self::own_words), with a slot for a human where there are none.
    fn own_words_or_slot(&self, text: &str) -> String {
        self.own_words(text).map_or_else(
            || {
                let label = self.pack.phrases().words().untranslated(&harmless(text).replace(['[', ']'], ""));
                format!("[[FILL: {label}]]")
            },
            str::to_owned,
        )
    }

    fn complaint(&self) -> bool {
        self.input.analysis.scores().is_some_and(|scores| scores.complaint) || self.input.verdict.is_some()
    }

    fn validity(&self) -> Validity {
        match self.input.verdict {
            Some(Verdict::Valid) => Validity::LikelyValid,
            Some(Verdict::Unfounded) => Validity::LikelyUnfounded,
            None => self.input.analysis.scores().map_or(Validity::Unclear, |scores| scores.validity),
        }
    }
}

impl BlockContext {
    /// Gathers everything that templates can name.
    pub(super) fn gather(from: &Sources<'_>) -> Result<Self, DraftError> {
        let mut context = Self {
            extras: true,
            room: true,
            people_named: from.people_named,
            address: from.address,
            ..Self::default()
        };
        context.them(from);
        context.matter(from);
        context.state(from);
        context.questions(from);
        context.offers(from);
        context.us(from);
        context.chosen(from);
        context.times(from)?;
        Ok(context)
    }

    fn them(&mut self, from: &Sources<'_>) {
        if self.people_named
            && let Some(name) = person::first_name(from.input.message)
        {
            self.has_name = true;
            self.first_name = harmless(&name);
        }
        let emotion = from.input.analysis.scores().map_or(Emotion::Other, |scores| scores.emotion);
        from.pack.phrases().feeling(emotion).clone_into(&mut self.feeling);
    }

    fn matter(&mut self, from: &Sources<'_>) {
        let (phrases, input) = (from.pack.phrases(), from.input);
        let issue = issue_of(input).unwrap_or(Issue::Other);
        if let Some(wording) = phrases.wording(issue, &input.message.text, from.variety) {
            wording.topic.clone_into(&mut self.topic);
            self.known = issue != Issue::Other;
            wording.trouble.clone_into(&mut self.trouble);
            self.trouble_start = capitalised(wording.trouble);
            wording.situation.clone_into(&mut self.situation);
            wording.sorry.clone_into(&mut self.sorry);
            wording.failing.clone_into(&mut self.failing);
        }
        let broken = input
            .analysis
            .scores()
            .and_then(|scores| scores.promise.as_ref())
            .filter(|promise| promise.broken && from.audience != Audience::Employer)
            .and_then(|broken| {
                let promises = &from.playbook.policy().promises;
                promises.iter().find(|promise| *promise.id.get_ref() == broken.id)
            })
            // A promise about something else than the message is about stays out of the reply.
            .filter(|promise| promise.issue == issue || matches!(issue, Issue::Other | Issue::Service));
        if let Some(promise) = broken {
            match from.own_words(&promise.text) {
                Some(text) => text.clone_into(&mut self.promise),
                None => self.untranslated.push(promise.text.clone()),
            }
            match from.own_words(&promise.failing) {
                Some(failing) => failing.clone_into(&mut self.failing),
                None => self.untranslated.push(promise.failing.clone()),
            }
        }
        if let Some(words) = input.decision.triggers.first().and_then(|&trigger| phrases.trigger(trigger)) {
            words.situation.clone_into(&mut self.trigger_situation);
            words.short.clone_into(&mut self.trigger_short);
            words.sorry.clone_into(&mut self.sorry);
        }
        self.silence = issue != Issue::Service;
    }

    fn state(&mut self, from: &Sources<'_>) {
        let thresholds = &from.playbook.policy().thresholds;
        let thread = from.input.thread;
        self.unheard = thread.contacts >= 2;
        self.silence &= self.unheard;
        self.times = from.pack.phrases().words().times(thread.contacts);
        self.capped = thread.company_turns >= thresholds.max_public_replies;
        self.likely_valid = from.validity() == Validity::LikelyValid;
        self.unfounded = from.validity() == Validity::LikelyUnfounded;
        self.responsible = from.input.decision.blocks.apology == Apology::Responsibility;
        if self.unfounded {
            self.promise.clear();
        }
        let severity = from.input.analysis.scores().map(|scores| scores.severity);
        self.serious = severity.is_some_and(|severity| Band::of(severity, thresholds) == Band::High);
    }

    /// Questions are asked in private, while it is unclear, and only questions.
    fn questions(&mut self, from: &Sources<'_>) {
        if from.audience.public() || !from.input.decision.triggers.is_empty() {
            return;
        }
        let Some(scores) = from.input.analysis.scores() else {
            return;
        };
        let mut questions = Vec::new();
        for question in scores.questions.iter().filter(|question| question.ends_with('?')) {
            // The questions of the scoring are English.
            let words = if from.language == Language::EN {
                Some(question.as_str())
            } else {
                from.pack.translations().of(question)
            };
            match words {
                Some(words) => questions.push(harmless(words)),
                None => self.untranslated.push(question.clone()),
            }
        }
        self.questions_list = listed(questions.iter().map(String::as_str));
        questions.truncate(2);
        self.questions_asked = from.validity() == Validity::Unclear && !questions.is_empty();
        self.questions = questions.join(" ");
    }

    fn offers(&mut self, from: &Sources<'_>) {
        let offers: Vec<String> =
            from.input.decision.blocks.options.iter().map(|offer| from.own_words_or_slot(&offer.text)).collect();
        let texts: Vec<&str> = offers.iter().map(String::as_str).collect();
        let calls = from.complaint() && from.audience == Audience::Email && from.input.decision.triggers.is_empty();
        self.offered = !texts.is_empty();
        self.one_offer = texts.len() == 1;
        // Only the reply shows the options; elsewhere the call stands in the closing note.
        let shown = !texts.is_empty() && from.input.choice.situation() == Situation::Reply;
        self.call = calls && shown;
        self.call_here = calls && !shown;
        self.offers_or = from.pack.phrases().words().any_of(&texts);
        self.offers_list = listed(texts.iter().copied());
    }

    fn us(&mut self, from: &Sources<'_>) {
        let voice = &from.playbook.policy().voice;
        let words = from.pack.phrases().words();
        voice.company.clone_into(&mut self.company);
        self.greeting = from.own_words_or_slot(&voice.greeting);
        self.sign_off = from.own_words_or_slot(&voice.sign_off);
        voice.signer.clone_into(&mut self.signer);
        voice.public_signer.clone_into(&mut self.public_signer);
        voice.email.clone_into(&mut self.email);
        let owner = from.input.decision.owner.as_ref();
        let name = owner.map_or(voice.signer.as_str(), |owner| owner.name.as_str());
        name.clone_into(&mut self.owner);
        let ombudsman = from.playbook.policy().ombudsman.as_ref();
        self.ombudsman = ombudsman.map(|named| from.own_words_or_slot(&named.get_ref().text)).unwrap_or_default();
        self.owner_role = match owner {
            Some(owner) => from.own_words_or_slot(&owner.role),
            None => voice.company.clone(),
        };
        self.owner_signs = name == voice.signer;
        let first = name.split_whitespace().next().unwrap_or(name);
        self.owner_public = if self.people_named {
            words.owner_named(first, &self.owner_role)
        } else {
            words.owner_unnamed(&self.owner_role)
        };
        self.owner_public_start = capitalised(&self.owner_public);
        let deputy = owner.and_then(|owner| owner.deputy.as_deref()).map(str::to_owned);
        let steps = from.input.decision.escalation.iter();
        let behind: Vec<String> =
            deputy.into_iter().chain(steps.map(|step| format!("{}: {}", step.contact.name, step.when))).collect();
        self.behind = listed(behind.iter().map(String::as_str));
    }

    fn chosen(&mut self, from: &Sources<'_>) {
        let choice = from.input.choice;
        self.also_public = choice.also_public;
        self.attempts = choice.attempts;
        self.by = choice.by.as_deref().map(|name| harmless(name.trim())).unwrap_or_default();
        self.by_signs = self.by == self.signer;
        let made: Vec<String> =
            choice.offers_made.iter().map(|offer| harmless(offer.trim())).filter(|offer| !offer.is_empty()).collect();
        self.offers_made = listed(made.iter().map(String::as_str));
    }

    fn times(&mut self, from: &Sources<'_>) -> Result<(), DraftError> {
        let policy = from.playbook.policy();
        let words = from.pack.phrases().words();
        let (hours, now) = (&policy.hours, from.input.now);
        let deadline = calendar::deadline(now, reply_within(from.playbook, from.input), policy.sla.clock, hours)?;
        self.by_when = words.deadline(deadline);
        self.by_when_short = words.deadline_short(deadline);
        let report = policy.thresholds.report_back_working_days;
        let report = Deadline::On(calendar::working_days_after(now.date(), report, hours)?);
        if let Some(due) = final_letter_due(from)?.filter(|due| later(*due, deadline, now)) {
            self.final_by = words.deadline(Deadline::On(due));
        }
        self.report_by = words.deadline(report);
        self.report_by_short = words.deadline_short(report);
        self.call_slots = words.call_slots(calendar::call_slots(now, hours)?);
        let mut day = now.date();
        for _ in 0..MOST_WORKING_DAYS {
            day = calendar::working_days_after(day, 1, hours)?;
            self.working_days.push(words.day(day));
        }
        Ok(())
    }
}

/// Returns the day by which the final letter on a complaint is due, counted from its first message. Once we have answered, that message is no longer
/// at hand, and nothing is said rather than a wrong day.
fn final_letter_due(from: &Sources<'_>) -> Result<Option<Date>, DraftError> {
    let input = from.input;
    let written = input.message.created_at.as_ref().and_then(|written| written.utc);
    let Some(received) = input.thread.waiting_since.or(written) else {
        return Ok(None);
    };
    if !from.complaint() || input.thread.company_spoke_before {
        return Ok(None);
    }
    let unknown = |_| DraftError::NoWorkingDay { from: input.now.date() };
    let zone = from.playbook.zone().map_err(unknown)?.unwrap_or(TimeZone::UTC);
    from.playbook.final_letter_due(issue_of(input), received.to_zoned(zone).date()).map_err(unknown)
}

/// Whether a day lies behind what is promised before it.
fn later(day: Date, promised: Deadline, now: DateTime) -> bool {
    match promised {
        Deadline::Today(_) => day > now.date(),
        Deadline::On(date) => day > date,
    }
}

/// Returns a line each, with a dash.
fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(|text| format!("- {text}")).collect::<Vec<_>>().join("\n")
}

/// Returns the issue type of a message from a customer: a person's, else the one that the analysis names where it exists.
pub(super) fn issue_of(input: &DraftInput<'_>) -> Option<Issue> {
    let customer = input.message.channel != Channel::EmployerReview;
    let scored =
        || input.analysis.scores().and_then(|scores| scores.issue.as_deref()).and_then(|name| name.parse().ok());
    input.choice.issue.or_else(scored).filter(|_| customer)
}

/// Returns the hours within which the customer hears from us: the first trigger's, else the issue's for the band.
fn reply_within(playbook: &Playbook, input: &DraftInput<'_>) -> u32 {
    let severity = input.analysis.scores().map(|scores| scores.severity);
    playbook.reply_hours(issue_of(input), severity, &input.decision.triggers).unwrap_or(24)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_with_a_capital() {
        assert_eq!(capitalised("our team"), "Our team");
        assert_eq!(capitalised("über"), "Über");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn empty_words_do_not_reach_the_templates() {
        let context = engine_context(&ReplyContext { closing: "Bye.".to_owned(), ..ReplyContext::default() }).unwrap();
        assert_eq!(context.data(), &serde_json::json!({"closing": "Bye."}));
    }
}
