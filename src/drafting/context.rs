//! What templates can name. Plain words and flags only, never an absent value, so that nothing renders as a blank by accident.

use serde::Serialize;

use super::audience::Audience;
use super::calendar::{self, Deadline};
use super::compose::DraftInput;
use super::error::DraftError;
use super::marker::harmless;
use super::person;
use super::phrases::Phrases;
use crate::analysis::{Emotion, Validity};
use crate::draft::Verdict;
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

    // What we offer.
    pub(super) one_offer: bool,
    /// `a, or b`.
    pub(super) offers_or: String,
    /// A line each, with a dash.
    pub(super) offers_list: String,
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
    by_when: String,
    by_when_short: String,
    report_by: String,
    report_by_short: String,
}

/// Variables of the layout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct ReplyContext {
    pub(super) greeting_line: String,
    pub(super) acknowledge: String,
    pub(super) apologize: String,
    pub(super) options: String,
    pub(super) closing: String,
    pub(super) signature_line: String,
}

impl BlockContext {
    /// Gathers everything that templates can name.
    pub(super) fn gather(
        phrases: &Phrases,
        people_named: bool,
        address: bool,
        playbook: &Playbook,
        input: &DraftInput<'_>,
        audience: Audience,
    ) -> Result<Self, DraftError> {
        let mut context = Self { extras: true, room: true, people_named, address, ..Self::default() };
        context.them(phrases, input);
        context.matter(phrases, playbook, input, audience);
        context.state(playbook, input, audience);
        context.offers(input, audience);
        context.us(playbook, input);
        context.times(playbook, input)?;
        Ok(context)
    }

    fn them(&mut self, phrases: &Phrases, input: &DraftInput<'_>) {
        if self.people_named
            && let Some(name) = person::first_name(input.message)
        {
            self.has_name = true;
            self.first_name = harmless(&name);
        }
        let emotion = input.analysis.scores().map_or(Emotion::Other, |scores| scores.emotion);
        phrases.feeling(emotion).clone_into(&mut self.feeling);
    }

    fn matter(&mut self, phrases: &Phrases, playbook: &Playbook, input: &DraftInput<'_>, audience: Audience) {
        let scores = input.analysis.scores();
        let issue = issue_of(input).unwrap_or(Issue::Other);
        if let Some(wording) = phrases.wording(issue, &input.message.text) {
            wording.topic.clone_into(&mut self.topic);
            wording.trouble.clone_into(&mut self.trouble);
            self.trouble_start = capitalised(wording.trouble);
            wording.situation.clone_into(&mut self.situation);
            wording.sorry.clone_into(&mut self.sorry);
            wording.failing.clone_into(&mut self.failing);
        }
        let broken = scores
            .and_then(|scores| scores.promise.as_ref())
            .filter(|promise| promise.broken && audience != Audience::Employer)
            .and_then(|broken| {
                let promises = &playbook.policy().promises;
                promises.iter().find(|promise| *promise.id.get_ref() == broken.id)
            })
            // A promise about something else than the message is about stays out of the reply.
            .filter(|promise| promise.issue == issue || matches!(issue, Issue::Other | Issue::Service));
        if let Some(promise) = broken {
            promise.text.clone_into(&mut self.promise);
            promise.failing.clone_into(&mut self.failing);
        }
        if let Some(words) = input.decision.triggers.first().and_then(|&trigger| phrases.trigger(trigger)) {
            words.situation.clone_into(&mut self.trigger_situation);
            words.short.clone_into(&mut self.trigger_short);
            words.sorry.clone_into(&mut self.sorry);
        }
        self.silence = issue != Issue::Service;
    }

    fn state(&mut self, playbook: &Playbook, input: &DraftInput<'_>, audience: Audience) {
        let thresholds = &playbook.policy().thresholds;
        let contacts = input.thread.contacts;
        self.unheard = contacts >= 2;
        self.silence &= self.unheard;
        self.times = times(contacts);
        self.capped = input.thread.company_turns >= thresholds.max_public_replies;
        let Some(scores) = input.analysis.scores() else {
            return;
        };
        let validity = match input.verdict {
            Some(Verdict::Valid) => Validity::LikelyValid,
            Some(Verdict::Unfounded) => Validity::LikelyUnfounded,
            None => scores.validity,
        };
        self.likely_valid = validity == Validity::LikelyValid;
        self.unfounded = validity == Validity::LikelyUnfounded;
        if self.unfounded {
            self.promise.clear();
        }
        self.serious = Band::of(scores.severity, thresholds) == Band::High;
        // Questions are asked in private, while it is unclear, and only questions.
        if validity == Validity::Unclear && !audience.public() && input.decision.triggers.is_empty() {
            let questions: Vec<String> = scores
                .questions
                .iter()
                .filter(|question| question.ends_with('?'))
                .take(2)
                .map(|question| harmless(question))
                .collect();
            self.questions_asked = !questions.is_empty();
            self.questions = questions.join(" ");
        }
    }

    fn offers(&mut self, input: &DraftInput<'_>, audience: Audience) {
        let texts: Vec<&str> = input.decision.blocks.options.iter().map(|offer| offer.text.as_str()).collect();
        let complaint = input.analysis.scores().is_some_and(|scores| scores.complaint) || input.verdict.is_some();
        let calls = complaint && audience == Audience::Email && input.decision.triggers.is_empty();
        self.one_offer = texts.len() == 1;
        self.call = calls && !texts.is_empty();
        self.call_here = calls && texts.is_empty();
        self.offers_or = match texts.as_slice() {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [most @ .., last] => format!("{}, or {last}", most.join(", ")),
        };
        self.offers_list = texts.iter().map(|text| format!("- {text}")).collect::<Vec<_>>().join("\n");
    }

    fn us(&mut self, playbook: &Playbook, input: &DraftInput<'_>) {
        let voice = &playbook.policy().voice;
        voice.company.clone_into(&mut self.company);
        voice.greeting.clone_into(&mut self.greeting);
        voice.sign_off.clone_into(&mut self.sign_off);
        voice.signer.clone_into(&mut self.signer);
        voice.public_signer.clone_into(&mut self.public_signer);
        voice.email.clone_into(&mut self.email);
        let (name, role) = match &input.decision.owner {
            Some(owner) => (owner.name.as_str(), owner.role.as_str()),
            None => (voice.signer.as_str(), voice.company.as_str()),
        };
        name.clone_into(&mut self.owner);
        role.clone_into(&mut self.owner_role);
        self.owner_signs = name == voice.signer;
        let first = name.split_whitespace().next().unwrap_or(name);
        self.owner_public = if self.people_named { format!("{first} from {role}") } else { format!("our {role} team") };
        self.owner_public_start = capitalised(&self.owner_public);
    }

    fn times(&mut self, playbook: &Playbook, input: &DraftInput<'_>) -> Result<(), DraftError> {
        let policy = playbook.policy();
        let hours = &policy.hours;
        let deadline = calendar::deadline(input.now, reply_within(playbook, input), hours)?;
        self.by_when = deadline.words();
        self.by_when_short = deadline.short_words();
        let report = Deadline::On(calendar::working_days_after(
            input.now.date(),
            policy.thresholds.report_back_working_days,
            hours,
        )?);
        self.report_by = report.words();
        self.report_by_short = report.short_words();
        self.call_slots = calendar::call_slots(input.now, hours)?;
        Ok(())
    }
}

/// Returns the issue type of a message from a customer, where the analysis names one that exists.
fn issue_of(input: &DraftInput<'_>) -> Option<Issue> {
    input
        .analysis
        .scores()
        .filter(|_| input.message.channel != Channel::EmployerReview)
        .and_then(|scores| scores.issue.as_deref())
        .and_then(|name| name.parse().ok())
}

/// Returns the hours within which the customer hears from us: the first trigger's, else the issue's for the band.
fn reply_within(playbook: &Playbook, input: &DraftInput<'_>) -> u32 {
    let policy = playbook.policy();
    let trigger = input.decision.triggers.iter().find_map(|trigger| policy.triggers.get(trigger));
    if let Some(trigger) = trigger {
        return trigger.get_ref().reply_within_hours;
    }
    let band = input.analysis.scores().map_or(Band::Low, |scores| Band::of(scores.severity, &policy.thresholds));
    playbook.issue_policy(issue_of(input)).map_or(24, |entry| {
        let hours = entry.reply_within_hours.get_ref();
        match band {
            Band::Low => hours.low,
            Band::Medium => hours.medium,
            Band::High => hours.high,
        }
    })
}

fn times(count: u32) -> String {
    const WORDS: [&str; 8] = ["three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    match count {
        0 | 1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => usize::try_from(more - 3)
            .ok()
            .and_then(|index| WORDS.get(index))
            .map_or_else(|| format!("{more} times"), |word| format!("{word} times")),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_words() {
        assert_eq!([1, 2, 3, 10, 11].map(times), ["once", "twice", "three times", "ten times", "11 times"]);
        assert_eq!(capitalised("our team"), "Our team");
        assert_eq!(capitalised(""), "");
    }
}
