//! The proof that templates work: every combination that can be reached is drafted and looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde::Serialize;

use super::compose::{DraftInput, written};
use super::error::DraftError;
use super::example::{Example, Mood};
use super::flaws::flaws;
use super::situation::Choice;
use super::templates::{Source, Templates};
use super::variety::Variety;
use crate::analysis::{Trigger, Validity};
use crate::draft::{Draft, Situation, Verdict};
use crate::language::Language;
use crate::message::{Channel, CreatedAt, Message, Visibility};
use crate::playbook::{DecideInput, Issue, Playbook, decide};

/// One combination.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// Language of the draft.
    pub language: Language,
    /// What the draft is for; none is what the decision asks for.
    pub situation: Option<Situation>,
    /// The message.
    pub example: Example,
    /// A person's verdict.
    pub verdict: Option<Verdict>,
    /// Which phrasing everywhere, counted from 0.
    pub phrasing: usize,
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { language, situation, example, verdict, phrasing } = self;
        let situation = situation.unwrap_or(Situation::Reply);
        write!(
            f,
            "{language} {} {} {situation} {} {}",
            example.channel,
            example.visibility.name(),
            example.issue,
            example.validity
        )?;
        match verdict {
            Some(Verdict::Valid) => write!(f, ", verdict valid")?,
            Some(Verdict::Unfounded) => write!(f, ", verdict unfounded")?,
            None => {}
        }
        if let Some(trigger) = example.trigger {
            write!(f, ", trigger {trigger}")?;
        }
        if let Some(promise) = &example.promise {
            write!(f, ", promise {promise}")?;
        }
        if example.contacts > 1 {
            write!(f, ", {} contacts", example.contacts)?;
        }
        write!(f, ", phrasing {}", phrasing + 1)
    }
}

/// How much is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Languages.
    pub languages: Vec<Language>,
    /// Issue types.
    pub issues: Vec<Issue>,
    /// Channels.
    pub channels: Vec<Channel>,
}

impl Scope {
    /// Returns everything that there is.
    pub fn all(templates: &Templates) -> Self {
        Self { languages: templates.languages(), issues: Issue::ALL.to_vec(), channels: Channel::ALL.to_vec() }
    }
}

/// What a further check finds in a draft, as the send gate does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Byte of the text at which it begins.
    pub at: usize,
    /// What it objects to, in words.
    pub what: String,
}

/// A further check of a draft.
pub type Check<'a> = dyn Fn(&Combination, &Draft) -> Vec<Objection> + Sync + 'a;

/// What is wrong, with the first combination that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// File of the template, as the user knows it; none where no template could be blamed.
    pub file: Option<String>,
    /// Line at which the phrasing begins, counted from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// How many combinations show it.
    pub combinations: usize,
    /// The first of them.
    pub first: String,
    /// The words around the place, where there is a text.
    pub excerpt: String,
}

/// What a proof covered and found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Combinations that were drafted.
    pub drafted: usize,
    /// Combinations in which the playbook wants no reply.
    pub silent: usize,
    /// What is wrong; empty is what one wants.
    pub findings: Vec<Finding>,
    /// Files of templates that no combination used.
    pub unused: Vec<String>,
}

/// Drafts every combination of a scope and looks at each: it renders, fits its channel, has no flaw, and passes `check`.
///
/// The same on any number of threads.
pub fn prove(templates: &Templates, playbook: &Playbook, scope: &Scope, now: DateTime, check: &Check<'_>) -> Proof {
    let all = combinations(templates, playbook, scope);
    let seen = all
        .par_iter()
        .enumerate()
        .fold(Seen::default, |mut seen, (index, combination)| {
            seen.look(templates, playbook, index, combination, now, check);
            seen
        })
        .reduce(Seen::default, Seen::join);
    let files = templates.list();
    let unused = files
        .iter()
        .filter(|listed| scope.languages.contains(&listed.language))
        .map(|listed| listed.file.clone())
        .filter(|file| !seen.used.contains(file))
        .collect();
    let findings = seen.findings.into_iter().map(|((file, line, what), found)| Finding {
        file,
        line,
        what,
        combinations: found.count,
        first: all.get(found.first).map(Combination::to_string).unwrap_or_default(),
        excerpt: found.excerpt,
    });
    Proof { drafted: seen.drafted, silent: seen.silent, findings: findings.collect(), unused }
}

/// Returns every combination of a scope.
fn combinations(templates: &Templates, playbook: &Playbook, scope: &Scope) -> Vec<Combination> {
    let mut all = Vec::new();
    for &language in &scope.languages {
        for phrasing in 0..templates.most_phrasings() {
            for &channel in &scope.channels {
                for visibility in visibilities(channel) {
                    let mut add = Adder { all: &mut all, language, phrasing, channel, visibility };
                    add.situations(&scope.issues);
                    add.states(&scope.issues);
                    add.triggers();
                    add.promises(playbook);
                    add.cases(templates, &scope.issues);
                }
            }
        }
    }
    all
}

/// A platform that is public has private messages, too; a review site has not.
fn visibilities(channel: Channel) -> Vec<Visibility> {
    match channel.usual_visibility() {
        Visibility::Public if !channel.is_review() => vec![Visibility::Public, Visibility::Private],
        usual => vec![usual],
    }
}

struct Adder<'a> {
    all: &'a mut Vec<Combination>,
    language: Language,
    phrasing: usize,
    channel: Channel,
    visibility: Visibility,
}

impl Adder<'_> {
    fn add(&mut self, situation: Option<Situation>, verdict: Option<Verdict>, change: impl FnOnce(&mut Example)) {
        let mut example = Example::complaint(self.channel, Issue::Other);
        example.visibility = self.visibility;
        example.named = self.phrasing.is_multiple_of(2);
        change(&mut example);
        let (language, phrasing) = (self.language, self.phrasing);
        self.all.push(Combination { language, situation, example, verdict, phrasing });
    }

    /// Every situation with every issue, validity and verdict.
    fn situations(&mut self, issues: &[Issue]) {
        for &situation in Situation::ALL {
            for &issue in issues {
                for (validity, verdict) in judgements() {
                    self.add(Some(situation), verdict, |example| {
                        example.issue = issue;
                        example.validity = validity;
                    });
                }
            }
            // A message that could not be scored, answered because a person asks for it.
            self.add(Some(situation), None, |example| example.scored = false);
        }
    }

    /// The reply in every state: asked several times, great harm, capped, not a complaint.
    fn states(&mut self, issues: &[Issue]) {
        for &issue in issues {
            for (validity, verdict) in judgements() {
                for contacts in [1, 4] {
                    self.add(None, verdict, |example| {
                        example.issue = issue;
                        example.validity = validity;
                        example.severity = 80.0;
                        example.contacts = contacts;
                        example.company_turns = 2 * (contacts - 1);
                    });
                }
            }
            for mood in [Mood::Unhappy, Mood::Calm, Mood::Praise] {
                for text in ["words", "words?"] {
                    self.add(None, None, |example| {
                        example.issue = issue;
                        example.mood = mood;
                        text.clone_into(&mut example.text);
                    });
                }
            }
            self.add(Some(Situation::ThankYou), None, |example| {
                example.issue = issue;
                example.mood = Mood::Praise;
            });
        }
    }

    fn triggers(&mut self) {
        for &trigger in Trigger::ALL {
            for contacts in [1, 3] {
                for situation in [None, Some(Situation::Interim), Some(Situation::CallSheet)] {
                    self.add(situation, None, |example| {
                        example.trigger = Some(trigger);
                        example.contacts = contacts;
                    });
                }
            }
        }
    }

    fn promises(&mut self, playbook: &Playbook) {
        for promise in &playbook.policy().promises {
            for verdict in [None, Some(Verdict::Valid)] {
                for contacts in [1, 5] {
                    self.add(None, verdict, |example| {
                        example.issue = promise.issue;
                        example.validity = Validity::LikelyValid;
                        example.promise = Some(promise.id.get_ref().clone());
                        example.contacts = contacts;
                    });
                }
            }
        }
    }

    fn cases(&mut self, templates: &Templates, issues: &[Issue]) {
        let Ok(pack) = templates.pack(self.language) else {
            return;
        };
        for &issue in issues {
            for word in pack.phrases().case_words(issue) {
                for verdict in [None, Some(Verdict::Valid)] {
                    self.add(None, verdict, |example| {
                        example.issue = issue;
                        word.clone_into(&mut example.text);
                    });
                }
            }
        }
    }
}

fn judgements() -> [(Validity, Option<Verdict>); 5] {
    [
        (Validity::LikelyValid, None),
        (Validity::Unclear, None),
        (Validity::LikelyUnfounded, None),
        (Validity::Unclear, Some(Verdict::Valid)),
        (Validity::LikelyValid, Some(Verdict::Unfounded)),
    ]
}

/// File and line of a template, and what is wrong with it.
type Key = (Option<String>, Option<usize>, String);

#[derive(Default)]
struct Seen {
    drafted: usize,
    silent: usize,
    findings: BTreeMap<Key, Found>,
    used: BTreeSet<String>,
}

struct Found {
    count: usize,
    first: usize,
    excerpt: String,
}

impl Seen {
    fn join(mut self, other: Self) -> Self {
        self.drafted += other.drafted;
        self.silent += other.silent;
        self.used.extend(other.used);
        for (key, found) in other.findings {
            self.note(key, found);
        }
        self
    }

    fn note(&mut self, key: Key, found: Found) {
        match self.findings.get_mut(&key) {
            None => {
                self.findings.insert(key, found);
            }
            Some(known) => {
                known.count += found.count;
                if found.first < known.first {
                    (known.first, known.excerpt) = (found.first, found.excerpt);
                }
            }
        }
    }

    fn look(
        &mut self,
        templates: &Templates,
        playbook: &Playbook,
        index: usize,
        combination: &Combination,
        now: DateTime,
        check: &Check<'_>,
    ) {
        let (draft, sources) = match drafted(templates, playbook, combination, now) {
            Ok(written) => written,
            // Not to be had there, or only with what nobody has given: no combination at all.
            Err(DraftError::Misplaced { .. } | DraftError::TriggerStands { .. }) => return,
            Err(DraftError::Render { file, line, reason }) => {
                self.drafted += 1;
                let found = Found { count: 1, first: index, excerpt: String::new() };
                self.note((Some(file), Some(line), reason), found);
                return;
            }
            Err(error) => {
                self.drafted += 1;
                self.note((None, None, error.to_string()), Found { count: 1, first: index, excerpt: String::new() });
                return;
            }
        };
        if draft.text.is_empty() {
            self.silent += 1;
            return;
        }
        self.drafted += 1;
        let form = draft.situation == Situation::CallSheet;
        let mut objections: Vec<Objection> = flaws(&draft.text, form)
            .into_iter()
            .map(|flaw| Objection { at: flaw.at, what: flaw.what.to_owned() })
            .collect();
        if !form {
            objections.extend(check(combination, &draft));
        }
        for objection in objections {
            let source = blamed(&draft, &sources, objection.at);
            let key = (source.map(|source| source.file.clone()), source.map(|source| source.line), objection.what);
            self.note(key, Found { count: 1, first: index, excerpt: excerpt(&draft.text, objection.at) });
        }
        self.used.extend(sources.into_iter().map(|source| source.file));
    }
}

/// Drafts one combination.
///
/// # Errors
/// As [`draft`](super::draft).
pub fn drafted(
    templates: &Templates,
    playbook: &Playbook,
    combination: &Combination,
    now: DateTime,
) -> Result<(Draft, Vec<Source>), DraftError> {
    let Combination { language, situation, example, verdict, phrasing } = combination;
    let (thread, analysis) = (example.thread(), example.analysis());
    let message = Message { created_at: Some(written_at(now)), ..example.message() };
    let decision =
        decide(playbook, &DecideInput { message: &message, thread: &thread, analysis: &analysis, verdict: *verdict });
    // What may be offered is what has been offered.
    let made: Vec<String> = decision.blocks.options.iter().map(|offer| offer.text.clone()).collect();
    let choice = Choice {
        situation: *situation,
        language: Some(*language),
        variety: Some(Variety::nth(*phrasing)),
        by: Some("Ruth Adler".to_owned()),
        attempts: 3,
        offers_made: if made.is_empty() { vec!["what we spoke about".to_owned()] } else { made },
        satisfied: true,
        also_public: phrasing % 2 == 1,
        issue: None,
    };
    let input = DraftInput {
        message: &message,
        thread: &thread,
        analysis: &analysis,
        decision: &decision,
        verdict: *verdict,
        set: &BTreeMap::new(),
        choice: &choice,
        now,
    };
    written(templates, playbook, &input)
}

/// Returns the time of a message that has just come in.
fn written_at(now: DateTime) -> CreatedAt {
    let utc = now.to_zoned(TimeZone::UTC).ok().map(|now| now.timestamp());
    CreatedAt { utc, original: now.to_string() }
}

/// Returns the template of the block in which a byte of the text stands.
fn blamed<'a>(draft: &Draft, sources: &'a [Source], at: usize) -> Option<&'a Source> {
    let block =
        draft.blocks.iter().filter(|block| block.on).find(|block| {
            draft.text.find(&block.text).is_some_and(|from| (from..from + block.text.len()).contains(&at))
        });
    let name = block.and_then(|block| block.template.as_deref());
    match name {
        Some(name) => sources.iter().find(|source| {
            name.split_once('/').is_some_and(|(_, rest)| rest == format!("{}#{}", source.name, source.phrasing))
        }),
        // Between blocks: the layout, which comes last.
        None => sources.last(),
    }
}

/// Returns the words around a byte of a text, on one line.
fn excerpt(text: &str, at: usize) -> String {
    const AROUND: usize = 30;
    let start = text.floor_char_boundary(at.saturating_sub(AROUND));
    let end = text.ceil_char_boundary((at + AROUND).min(text.len()));
    text.get(start..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn scope(templates: &Templates) -> Scope {
        Scope {
            languages: templates.languages(),
            issues: vec![Issue::Delivery, Issue::Staff, Issue::Other],
            channels: vec![Channel::X, Channel::Tripadvisor, Channel::Email, Channel::Sms, Channel::EmployerReview],
        }
    }

    /// One channel and one issue: enough where the machinery is looked at and not the texts.
    fn small(templates: &Templates) -> Scope {
        Scope { issues: vec![Issue::Delivery], channels: vec![Channel::Email], ..scope(templates) }
    }

    fn proof(templates: &Templates, check: &Check<'_>) -> Proof {
        let playbook = Playbook::embedded().unwrap();
        prove(templates, &playbook, &small(templates), date(2026, 11, 23).at(9, 15, 0, 0), check)
    }

    fn whole_proof(templates: &Templates, check: &Check<'_>) -> Proof {
        let playbook = Playbook::embedded().unwrap();
        prove(templates, &playbook, &scope(templates), date(2026, 11, 23).at(9, 15, 0, 0), check)
    }

    #[test]
    fn the_built_in_templates_are_sound() {
        let templates = Templates::embedded().unwrap();
        let proof = whole_proof(&templates, &|_, _| Vec::new());
        assert!(proof.findings.is_empty(), "{:#?}", proof.findings);
        assert!(proof.drafted > 4_000, "{}", proof.drafted);
    }

    #[test]
    fn findings_name_the_file_and_the_line_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("closing/interim.hbs");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "Fine until {{by_when}}.\n---\nNot  fine.\n---\n{{promise}}").unwrap();
        let templates = Templates::with_overrides(folder.path()).unwrap();
        let proof = proof(&templates, &|_, draft| {
            draft.text.find("Fine until").map(|at| Objection { at, what: "no fun".to_owned() }).into_iter().collect()
        });
        let found: Vec<_> =
            proof.findings.iter().map(|finding| (finding.line.unwrap(), finding.what.as_str())).collect();
        assert_eq!(
            found,
            [(1, "no fun"), (3, "two blanks in a row"), (5, "\"promise\" has nothing to say here")],
            "{:#?}",
            proof.findings
        );
        assert!(proof.findings.iter().all(|finding| finding.file.as_deref() == Some(file.to_str().unwrap())));
        assert!(proof.findings[0].combinations > 1);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let templates = Templates::embedded().unwrap();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                proof(&templates, &|combination, draft| {
                    let at = draft.text.len() - 1;
                    vec![Objection { at, what: format!("{}: {}", combination.example.issue, draft.text.len() % 7) }]
                })
            })
        };
        assert_eq!(on(1), on(3));
    }
}
