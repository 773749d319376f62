//! Where the model of the gate agrees with the phrases, and where it does not.

use std::collections::BTreeSet;

use super::house::House;
use super::learned::Learned;
use super::read::Read;
use super::{Finding, Skipped};

/// Drops findings whose sentence the model takes for clean, and adds sentences in which it reads a fault that no phrase found, unless the playbook switched that rule off.
/// Returns what was dropped.
pub(super) fn weigh(read: &Read<'_>, learned: &Learned, house: &House, findings: &mut Vec<Finding>) -> Vec<Skipped> {
    let spans: Vec<_> = (0..read.sentences.len()).map(|sentence| read.sentence_span(sentence)).collect();
    let scores: Vec<Vec<f64>> = read
        .sentences
        .iter()
        .zip(&spans)
        .map(|(&(from, to), span)| learned.scores(read.words(from, to), span.of(read.reply.text)))
        .collect();
    let touched = |finding: &Finding| -> Vec<usize> {
        (0..spans.len()).filter(|&at| finding.from < spans[at].to && spans[at].from < finding.to).collect()
    };
    let mut dropped = Vec::new();
    let mut found: BTreeSet<usize> = BTreeSet::new();
    findings.retain(|finding| {
        let Some(place) = learned.columns().iter().position(|column| column.rule == finding.rule) else { return true };
        let sentences = touched(finding);
        let best = sentences.iter().map(|&sentence| scores[sentence][place]).max_by(f64::total_cmp);
        let limit = learned.columns()[place].doubted_below;
        let doubted = best.zip(limit).is_some_and(|(best, limit)| best < limit);
        if doubted {
            let words = finding.span().of(read.reply.text);
            let needs = format!("more than its words \"{words}\": the whole sentence reads as clean");
            dropped.push(Skipped { rule: finding.rule, needs });
        } else {
            found.extend(&sentences);
        }
        !doubted
    });
    for (sentence, scores) in scores.iter().enumerate() {
        let (start, end) = read.sentences[sentence];
        // A sentence with an open slot is not finished, and words in quotation marks are not ours. One fault named is enough.
        let unfinished = read.words(start, end).windows(2).any(|two| two == b"[[");
        if unfinished || read.is_quoted(start, end) || found.contains(&sentence) {
            continue;
        }
        let columns = learned.columns().iter().zip(scores);
        let on = columns.filter(|(column, _)| !house.off.contains_key(&column.rule));
        let above = on.filter_map(|(column, score)| {
            let above = score - column.found_from?;
            (above >= 0.0).then_some((above, column.rule))
        });
        if let Some((_, rule)) = above.max_by(|a, b| a.0.total_cmp(&b.0)) {
            let finding = Finding::new(rule, spans[sentence]);
            let message = format!("{}, by the sound of the whole sentence", finding.message);
            findings.push(finding.saying(message));
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CLEAN, gate, gate_with};
    use super::super::{Reply, RuleId};
    use crate::message::Channel;

    #[test]
    fn the_model_adds_what_no_phrase_finds_and_says_what_it_drops() {
        let words = "annoyed. Whoever you are, you were not our guest.";
        let text = CLEAN.replacen("annoyed.", words, 1);
        let reply = Reply::new(&text, Channel::Facebook);
        assert!(!gate().by_phrases_alone().check(&reply).has(RuleId::FraudAccusation));
        let report = gate().check(&reply);
        let finding = report.findings.iter().find(|finding| finding.rule == RuleId::FraudAccusation).unwrap();
        assert!(finding.span().of(&text).starts_with("Whoever") && finding.message.contains("whole sentence"));

        let reply = Reply::new("No need to phone the depot: I've got them on the other line.", Channel::Email);
        assert!(gate().by_phrases_alone().check(&reply).has(RuleId::BrushOff));
        let report = gate().check(&reply);
        assert!(!report.has(RuleId::BrushOff));
        let said = report.skipped.iter().find(|skip| skip.rule == RuleId::BrushOff).unwrap();
        assert!(said.needs.contains("No need to phone the depot"), "{said:?}");
    }

    #[test]
    fn the_model_says_nothing_for_a_rule_that_is_switched_off() {
        let off = "[gate]\nfraud_accusation = { off = true, reason = \"a test\" }\n\n[[rules]]";
        let text = CLEAN.replacen("annoyed.", "annoyed. Whoever you are, you were not our guest.", 1);
        let reply = Reply::new(&text, Channel::Facebook);
        assert!(gate().check(&reply).has(RuleId::FraudAccusation));
        assert!(!gate_with(&[("[[rules]]", off)]).check(&reply).has(RuleId::FraudAccusation));
    }

    #[test]
    fn a_sentence_in_quotation_marks_is_not_ours() {
        let text = CLEAN.replacen("annoyed.", "annoyed. \"Whoever you are, you were not our guest.\"", 1);
        assert!(!gate().check(&Reply::new(&text, Channel::Facebook)).has(RuleId::FraudAccusation));
    }
}
