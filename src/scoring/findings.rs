//! What the rules found in one text, before any model has spoken.

use std::sync::LazyLock;

use crate::analysis::{Span, TriggerHit};

use super::argument::Argument;
use super::evidence;
use super::harm::{self, HarmFinding};
use super::issue;
use super::lexicon::{Lexicon, embedded};
use super::promise::{PromiseFinding, PromiseSet};
use super::remedy;
use super::sentences;
use super::triggers;
use super::view::View;

/// What a mark shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// A number under which we can look it up.
    Reference,
    /// A sum of money.
    Amount,
    /// A day.
    Date,
    /// How long something took or has been waited for.
    Duration,
    /// A date or hour by which it was needed or promised.
    Deadline,
    /// They have contacted us before about the same.
    EarlierContact,
    /// They contacted us and nobody answered.
    NoAnswer,
    /// Somebody of ours, by name.
    Staff,
    /// Why it went wrong, as they say it.
    StatedCause,
    /// Something that we said, which they hold against us.
    QuotedPromise,
    /// A photo, receipt or recording that they have.
    ProofOffered,
    /// What they ask us to do; neither for nor against the complaint.
    RemedyAsked,
    /// They do not want to write or call elsewhere; neither for nor against the complaint.
    StaysHere,
    /// They say that it was their own mistake.
    OwnFault,
    /// They changed their mind.
    ChangeOfMind,
    /// They have never been our customer.
    NeverBought,
    /// They demand what nobody promised.
    BeyondPromise,
    /// They recommend somebody else's shop.
    CompetitorPlug,
    /// They did not read what they bought or agreed to.
    DidNotRead,
}

impl MarkKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 19] = [
        Self::Reference,
        Self::Amount,
        Self::Date,
        Self::Duration,
        Self::Deadline,
        Self::EarlierContact,
        Self::NoAnswer,
        Self::Staff,
        Self::StatedCause,
        Self::QuotedPromise,
        Self::ProofOffered,
        Self::RemedyAsked,
        Self::StaysHere,
        Self::OwnFault,
        Self::ChangeOfMind,
        Self::NeverBought,
        Self::BeyondPromise,
        Self::CompetitorPlug,
        Self::DidNotRead,
    ];

    /// Returns the name used in data files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Amount => "amount",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::Deadline => "deadline",
            Self::EarlierContact => "earlier_contact",
            Self::NoAnswer => "no_answer",
            Self::Staff => "staff",
            Self::StatedCause => "stated_cause",
            Self::QuotedPromise => "quoted_promise",
            Self::ProofOffered => "proof_offered",
            Self::RemedyAsked => "remedy_asked",
            Self::StaysHere => "stays_here",
            Self::OwnFault => "own_fault",
            Self::ChangeOfMind => "change_of_mind",
            Self::NeverBought => "never_bought",
            Self::BeyondPromise => "beyond_promise",
            Self::CompetitorPlug => "competitor_plug",
            Self::DidNotRead => "did_not_read",
        }
    }

    /// Returns what it shows, in words.
    pub const fn shows(self) -> &'static str {
        match self {
            Self::Reference => "order or reference number",
            Self::Amount => "amount",
            Self::Date => "date",
            Self::Duration => "how long it took",
            Self::Deadline => "deadline",
            Self::EarlierContact => "earlier contact",
            Self::NoAnswer => "nobody answered",
            Self::Staff => "name of staff",
            Self::StatedCause => "stated cause",
            Self::QuotedPromise => "what we said",
            Self::ProofOffered => "proof offered",
            Self::RemedyAsked => "what they ask for",
            Self::StaysHere => "wants to be answered here",
            Self::OwnFault => "own mistake",
            Self::ChangeOfMind => "change of mind",
            Self::NeverBought => "never bought here",
            Self::BeyondPromise => "demand beyond any promise",
            Self::CompetitorPlug => "recommends a competitor",
            Self::DidNotRead => "did not read the terms",
        }
    }

    /// Whether it speaks against the complaint.
    pub const fn is_contrary(self) -> bool {
        matches!(
            self,
            Self::OwnFault
                | Self::ChangeOfMind
                | Self::NeverBought
                | Self::BeyondPromise
                | Self::CompetitorPlug
                | Self::DidNotRead
        )
    }

    /// Reads a name of a data file.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Words that show something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// What.
    pub kind: MarkKind,
    /// Where, in the original text.
    pub span: Span,
    /// US dollars for an amount, hours for a duration; for ranking only. `None` elsewhere.
    pub value: Option<f64>,
}

/// A guess at a label of a closed list, by phrases.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFinding {
    /// Issue type or remedy.
    pub label: String,
    /// Sum of the weights of the distinct phrases that spoke for it.
    pub weight: f32,
    /// The phrase that weighed most.
    pub span: Span,
}

/// Everything that the rules found in one text. All spans point into the original text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFindings {
    /// Hard triggers, in the order of the text; one hit for each trigger and place.
    pub triggers: Vec<TriggerHit>,
    /// Evidence and contrary evidence, in the order of the text.
    pub marks: Vec<Mark>,
    /// Issue types, heaviest first.
    pub issues: Vec<LabelFinding>,
    /// Remedies asked for, heaviest first.
    pub remedies: Vec<LabelFinding>,
    /// Harm that words state, in the order of the text.
    pub harm: Vec<HarmFinding>,
    /// Promises that the text relies on, best first.
    pub promises: Vec<PromiseFinding>,
    /// How it argues.
    pub argument: Argument,
    /// Words in the part that was read.
    pub words: usize,
    /// Characters that the rules did not read; see [`super::view::MAX_CHARS`].
    pub unread_chars: usize,
}

impl TextFindings {
    /// Marks of one kind.
    pub fn of(&self, kind: MarkKind) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(move |mark| mark.kind == kind)
    }

    /// Whether there is a mark of this kind.
    pub fn has(&self, kind: MarkKind) -> bool {
        self.of(kind).next().is_some()
    }
}

/// Reads a text by rules alone. No promise is held against it: see [`analyse_with_promises`].
pub fn analyse_text(text: &str) -> TextFindings {
    analyse_with_promises(text, &PromiseSet::default(), None)
}

/// Reads a text by rules and holds it against the playbook's promises.
///
/// `similarity` holds, for each promise, the cosine between it and each sentence of [`sentences::split`] in the similarity
/// space of the model; without it promises are matched by words alone.
pub fn analyse_with_promises(text: &str, promises: &PromiseSet, similarity: Option<&[Vec<f32>]>) -> TextFindings {
    let view = View::new(text);
    let marks = evidence::marks(text, &view);
    let harm = harm::find(&view, &marks, text);
    let words = view
        .bytes()
        .split(|b| !b.is_ascii_alphanumeric() && *b != b'\'' && *b != b'_')
        .filter(|w| !w.is_empty())
        .count();
    TextFindings {
        triggers: triggers::find(&view),
        issues: issue::find(&view),
        remedies: remedy::find(&view),
        harm,
        promises: if promises.is_empty() {
            Vec::new()
        } else {
            promises.find(&view, &sentences::split(text), similarity)
        },
        argument: Argument::find(&view, words),
        words,
        unread_chars: view.unread_chars(),
        marks,
    }
}

/// Sums, for each label, the points of the distinct rules that hit; heaviest first, ties in the order of names.
pub(super) fn by_label(lexicon: &Lexicon, view: &View) -> Vec<LabelFinding> {
    let mut found: Vec<(LabelFinding, f32, Vec<usize>)> = Vec::new();
    for hit in lexicon.find(view) {
        let rule = &lexicon.rules()[hit.rule];
        let span = view.span(hit.from, hit.to);
        if let Some((finding, most, seen)) = found.iter_mut().find(|(finding, ..)| finding.label == rule.label) {
            if seen.contains(&hit.rule) {
                continue;
            }
            seen.push(hit.rule);
            finding.weight += rule.points;
            if rule.points > *most {
                (*most, finding.span) = (rule.points, span);
            }
        } else {
            let finding = LabelFinding { label: rule.label.clone(), weight: rule.points, span };
            found.push((finding, rule.points, vec![hit.rule]));
        }
    }
    let mut findings: Vec<LabelFinding> = found.into_iter().map(|(finding, ..)| finding).collect();
    findings.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.label.cmp(&b.label)));
    findings
}

macro_rules! lexicon_file {
    ($(#[$meta:meta])* $name:ident = $file:literal) => {
        $(#[$meta])*
        pub(super) static $name: LazyLock<Lexicon> =
            LazyLock::new(|| embedded($file, include_str!(concat!("../../data/lexicons/", $file))));
    };
}

lexicon_file!(
    /// Hard triggers.
    TRIGGERS = "triggers.toml"
);
lexicon_file!(
    /// Evidence for and against a complaint.
    EVIDENCE = "evidence.toml"
);
lexicon_file!(
    /// Words that argue.
    ARGUMENT = "argument.toml"
);
lexicon_file!(
    /// Issue types.
    ISSUES = "issues.toml"
);
lexicon_file!(
    /// Remedies.
    REMEDIES = "remedies.toml"
);
lexicon_file!(
    /// Harm.
    HARM = "harm.toml"
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_marks_round_trip() {
        for kind in MarkKind::ALL {
            assert_eq!(MarkKind::parse(kind.name()), Some(kind));
            assert!(!kind.shows().is_empty());
        }
        assert_eq!(MarkKind::parse("gossip"), None);
    }

    #[test]
    fn a_huge_text_is_read_in_part_and_in_time() {
        let text = "I waited 3 weeks for a refund of $40 and nobody answered. ".repeat(90_000);
        let findings = analyse_text(&text);
        assert!(findings.unread_chars > 5_000_000);
        assert!(!findings.marks.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_spans_fit(text in "(\\PC|[ \\n’“£$0-9a-z]|(refund |fraud |i will sue |was not |injured |order 12345 |3rd time |\\$5,00 |on monday |waited 3 weeks |don’t )){0,40}") {
            let findings = analyse_text(&text);
            let spans = findings.marks.iter().map(|m| m.span)
                .chain(findings.triggers.iter().map(|t| t.span))
                .chain(findings.issues.iter().chain(&findings.remedies).map(|l| l.span))
                .chain(findings.harm.iter().map(|h| h.span));
            for span in spans {
                prop_assert!(span.from < span.to);
                prop_assert!(text.get(span.from..span.to).is_some(), "{span:?} in {text:?}");
            }
        }
    }
}
