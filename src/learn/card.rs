//! What a learned package says of itself.

use std::fmt::{self, Write as _};

use super::distil::Distilled;
use super::{LEAST_ROWS, Ruling, Trial};
use crate::analysis::ModelRef;
use crate::engine::package::card::with_section;
use crate::evaluate::metrics::Estimate;

/// Mark of a release that was learned.
const MARK: &str = "+learned";

/// Mark of a release whose static model was distilled.
const DISTILLED: &str = "distilled";

/// Returns the release of a package that was learned from one of `release`: `0.1.0` becomes `0.1.0+learned`, that `0.1.0+learned.2`, and so on.
pub fn next_release(release: &str) -> String {
    // The static model of the old heads is not part of it.
    let release = release.strip_suffix(DISTILLED).map_or(release, |rest| rest.trim_end_matches(['+', '.']));
    let Some((base, count)) = release.split_once(MARK) else { return format!("{release}{MARK}") };
    let count: u32 = count.trim_start_matches('.').parse().unwrap_or(1);
    format!("{base}{MARK}.{}", count.saturating_add(1))
}

/// Returns `card` with a section on what was learned from the package `from`. Heads that stayed as they were are named, too.
pub fn with_learned(card: Option<&str>, from: &ModelRef, folds: usize, trials: &[Trial]) -> String {
    let mut body = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut body, from, folds, trials);
    let card = titled(card, from, &next_release(&from.release));
    with_section(&card, &format!("Learned from own rows, after {}", from.digest), &body)
}

/// Returns `card` under the title of another release; what stands below is still true of everything that was not made anew.
fn titled(card: Option<&str>, from: &ModelRef, release: &str) -> String {
    let title = format!("# {} {release}\n", from.name);
    match card {
        None => title,
        Some(card) => match card.split_once('\n') {
            Some((first, rest)) if first.starts_with("# ") => format!("{title}{rest}"),
            _ => format!("{title}\n{card}"),
        },
    }
}

/// Returns the release of a package whose static model was distilled from one of `release`: `0.1.0` becomes `0.1.0+distilled`, `0.1.0+learned`
/// becomes `0.1.0+learned.distilled`; doing it again changes nothing, as the digest tells them apart.
pub fn next_distilled(release: &str) -> String {
    if release.ends_with(DISTILLED) {
        return release.to_owned();
    }
    format!("{release}{}{DISTILLED}", if release.contains('+') { '.' } else { '+' })
}

/// Returns `card` with a section on the static model that was distilled from the package `from`.
pub fn with_distilled(card: Option<&str>, from: &ModelRef, release: &str, distilled: &Distilled) -> String {
    let terms = distilled.model.terms();
    let mut body = format!(
        "`amends distil` made the static model behind `score --fast` from the heads of {} {} ({}), on {} texts without labels. It may answer up to a doubt of {:.4}. \
         On {} other texts it answers {:.1} %, and {:.2} % of all labels are not the encoder's (one-sided 95 % bound: {:.2} %).\n\n\
         | head | same label, all texts | same label, texts that it answers |\n|---|---|---|\n",
        from.name,
        from.release,
        from.digest,
        distilled.learned,
        terms.most_doubt,
        terms.messages,
        terms.answered * 100.0,
        terms.disagreement * 100.0,
        terms.at_most * 100.0,
    );
    for head in &distilled.heads {
        let answered = head.answered.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0));
        // Writing to a string cannot fail.
        let _ = writeln!(body, "| {} | {:.1} % | {answered} |", head.head, head.all * 100.0);
    }
    with_section(&titled(card, from, release), "Fast path", &body)
}

fn write(text: &mut String, from: &ModelRef, folds: usize, trials: &[Trial]) -> fmt::Result {
    writeln!(
        text,
        "`amends learn` fitted heads of {} {} ({}) anew on labelled rows of its user. The encoder is unchanged. For the heads named as taken here, \
         figures, temperatures and thresholds elsewhere in this card are those of the head before.\n",
        from.name, from.release, from.digest
    )?;
    writeln!(
        text,
        "Before and after are measured on the same rows by {folds}-fold cross-validation: each row is judged by a fit that has not seen it. Intervals are 95 % \
         bootstrap intervals over rows, paired for the gain.\n"
    )?;
    writeln!(text, "| head | rows | metric | before | after | gain | |\n|---|---|---|---|---|---|---|")?;
    for trial in trials {
        let ruling = match &trial.ruling {
            Ruling::Gained => "taken".to_owned(),
            Ruling::Forced { reason } => format!("taken without a certain gain: {}", cell(reason)),
            Ruling::NoGain => "left as it was: no certain gain".to_owned(),
            Ruling::TooFew => format!("left as it was: fewer than two labels with {LEAST_ROWS} rows"),
        };
        if trial.figures.is_empty() {
            writeln!(text, "| {} | {} | | | | | {ruling} |", trial.head, trial.rows)?;
        }
        for figure in &trial.figures {
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {ruling} |",
                trial.head,
                trial.rows,
                figure.metric.name(),
                interval(figure.before),
                interval(figure.after),
                interval(figure.gain),
            )?;
        }
    }
    writeln!(text)?;
    for trial in trials.iter().filter(|trial| trial.ruling.is_taken()) {
        let labels: Vec<String> =
            trial.labels.iter().filter(|(_, rows)| *rows > 0).map(|(label, rows)| format!("{label} {rows}")).collect();
        let strength = trial.strength.map_or_else(
            || "weights unchanged, calibration only".to_owned(),
            |strength| format!("pull towards the old weights {strength}"),
        );
        write!(
            text,
            "- {}: {strength}; temperature {:.3} to {:.3}",
            trial.head, trial.temperature.0, trial.temperature.1
        )?;
        if let Some((before, after)) = trial.threshold {
            write!(text, "; threshold {before:.3} to {after:.3}")?;
        }
        writeln!(text, "; rows by label: {}", labels.join(", "))?;
        let thin: Vec<&str> = trial.thin().map(|(label, _)| label.as_str()).collect();
        if !thin.is_empty() {
            writeln!(text, "  (fewer than {LEAST_ROWS} rows, so measured and not learned: {})", thin.join(", "))?;
        }
    }
    Ok(())
}

fn interval(estimate: Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.low, estimate.high)
}

/// Text that cannot break out of a table cell.
fn cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_count_how_often_was_learned() {
        assert_eq!(next_release("0.1.0"), "0.1.0+learned");
        assert_eq!(next_release("0.1.0+learned"), "0.1.0+learned.2");
        assert_eq!(next_release("0.1.0+learned.9"), "0.1.0+learned.10");
        assert_eq!(next_release("0.1.0+distilled"), "0.1.0+learned");
        assert_eq!(next_release("0.1.0+learned.distilled"), "0.1.0+learned.2");
        assert_eq!(next_distilled("0.1.0"), "0.1.0+distilled");
        assert_eq!(next_distilled("0.1.0+learned"), "0.1.0+learned.distilled");
        assert_eq!(next_distilled("0.1.0+distilled"), "0.1.0+distilled");
    }

    fn trial(ruling: Ruling) -> Trial {
        Trial {
            head: "complaint".to_owned(),
            rows: 30,
            labels: vec![("no".to_owned(), 26), ("yes".to_owned(), 4)],
            strength: Some(3.0),
            temperature: (1.5, 1.2),
            threshold: Some((0.5, 0.45)),
            figures: Vec::new(),
            ruling,
        }
    }

    #[test]
    fn the_card_keeps_what_it_said_and_adds_what_changed() {
        let from = ModelRef { name: "m".into(), release: "1.0".into(), digest: "abc".into() };
        let forced = Ruling::Forced { reason: "a | b\n<c>".into() };
        let card = with_learned(Some("# m 1.0\n\nold text\n"), &from, 5, &[trial(forced), trial(Ruling::NoGain)]);
        assert!(card.starts_with("# m 1.0+learned\n\nold text\n"), "{card}");
        assert!(card.contains("taken without a certain gain: a \\| b &lt;c>"), "{card}");
        assert!(card.contains("left as it was: no certain gain"), "{card}");
        assert!(card.contains("threshold 0.500 to 0.450; rows by label: no 26, yes 4"), "{card}");
        assert!(card.contains("measured and not learned: yes"), "{card}");
        assert!(with_learned(None, &from, 5, &[]).starts_with("# m 1.0+learned\n"));
    }
}
