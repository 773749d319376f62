//! Suites and the check of the evidence, as sections of the page.

use std::fmt::{self, Write as _};

use crate::evaluate::faithfulness::Faithfulness;
use crate::evaluate::report::Named;
use crate::evaluate::suite::{EvidenceKind, Part, ProbeKind, SuiteReport, SuiteResult};
use crate::evaluate::{Report, Value};

use crate::markup::escape;

/// Writes a section for each suite, and one for the evidence.
pub(super) fn write(text: &mut String, report: &Report) -> fmt::Result {
    for suite in &report.suites {
        section(text, suite)?;
    }
    if report.faithfulness.iter().any(|(_, heads)| !heads.is_empty()) {
        faithfulness(text, report)?;
    }
    Ok(())
}

fn section(text: &mut String, suite: &SuiteReport) -> fmt::Result {
    writeln!(text, "<section><h2>{}</h2>", escape(&suite.file))?;
    match &suite.result {
        SuiteResult::Regression(found) => {
            part(text, "Held out: never used for tuning, so these count", &found.held_out)?;
            part(text, "Open", &found.open)?;
        }
        SuiteResult::Probes(kinds) => probes(text, kinds)?,
        SuiteResult::Evidence(kinds) => evidence(text, kinds)?,
    }
    writeln!(text, "</section>")
}

/// Begins a table.
fn table(text: &mut String, titles: &[&str]) -> fmt::Result {
    write!(text, "<div class=\"wide\"><table><thead><tr>")?;
    for title in titles {
        write!(text, "<th>{}</th>", escape(title))?;
    }
    writeln!(text, "</tr></thead><tbody>")
}

const END: &str = "</tbody></table></div>";

fn part(text: &mut String, title: &str, part: &Part) -> fmt::Result {
    if part.all.cases == 0 {
        return Ok(());
    }
    table(text, &[title, "right", "cases", "share", "complaint told right"])?;
    for (class, result) in part.classes.iter().chain([("all", &part.all)]) {
        let mark = if part.failing.iter().any(|failing| failing == class) { " class=\"real\"" } else { "" };
        writeln!(
            text,
            "<tr{mark}><th>{}</th><td>{}</td><td>{}</td><td>{:.3}<small>{:.3}–{:.3}</small></td><td>{} of {}</td></tr>",
            escape(&class.replace('_', " ")),
            result.right,
            result.cases,
            result.share,
            result.ci95[0],
            result.ci95[1],
            result.complaint_right,
            result.complaint_cases
        )?;
    }
    writeln!(text, "{END}")
}

fn probes(text: &mut String, kinds: &Named<ProbeKind>) -> fmt::Result {
    writeln!(
        text,
        "<p class=\"lead\">Absolute change between two wordings that should score alike: median, with the 95th percentile below.</p>"
    )?;
    table(
        text,
        &[
            "kind",
            "pairs",
            "sentiment",
            "complaint",
            "severity",
            "validity",
            "other sentiment",
            "other complaint",
            "other validity",
        ],
    )?;
    for (kind, found) in kinds.iter() {
        write!(text, "<tr><th>{}</th><td>{}</td>", escape(kind), found.pairs)?;
        for name in ["sentiment_score", "complaint_score", "severity", "validity_score"] {
            match found.changes.get(name) {
                None => write!(text, "<td class=\"none\">–</td>")?,
                Some(change) => write!(text, "<td>{:.3}<small>{:.3}</small></td>", change.median, change.p95)?,
            }
        }
        for flips in [found.flips.sentiment, found.flips.complaint, found.flips.validity] {
            write!(text, "<td>{flips:.3}</td>")?;
        }
        writeln!(text, "</tr>")?;
    }
    writeln!(text, "{END}")
}

fn evidence(text: &mut String, kinds: &Named<EvidenceKind>) -> fmt::Result {
    table(text, &["kind", "labelled", "found", "precision", "recall", "exact precision", "exact recall"])?;
    for (kind, found) in kinds.iter() {
        write!(
            text,
            "<tr><th>{}</th><td>{}</td><td>{}</td>",
            escape(&kind.replace('_', " ")),
            found.labelled,
            found.found
        )?;
        let exact = [(found.exact_precision, None), (found.exact_recall, None)];
        for (share, interval) in
            [(found.precision, found.precision_ci95), (found.recall, found.recall_ci95)].into_iter().chain(exact)
        {
            let interval = interval.map(|[low, high]| format!("<small>{low:.3}–{high:.3}</small>")).unwrap_or_default();
            match share {
                None => write!(text, "<td class=\"none\">–</td>")?,
                Some(share) => write!(text, "<td>{share:.3}{interval}</td>")?,
            }
        }
        writeln!(text, "</tr>")?;
    }
    writeln!(text, "{END}")
}

fn faithfulness(text: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        text,
        "<section><h2>Evidence</h2><p class=\"lead\">What a score loses when the evidence that is shown is taken away, and when it stands alone, beside as much text taken \
         at random. A gain above 0: the evidence matters more.</p>"
    )?;
    let gain = |value: Value| {
        let interval =
            value.ci95.map(|(low, high)| format!("<small>{low:+.3} to {high:+.3}</small>")).unwrap_or_default();
        format!("{:+.3}{interval}", value.value)
    };
    for (kind, heads) in report.faithfulness.iter().filter(|(_, heads)| !heads.is_empty()) {
        table(text, &[kind, "messages", "taken away", "random", "gain", "alone", "random", "gain"])?;
        for (head, found) in heads.iter() {
            let Faithfulness { comprehensiveness, comprehensiveness_random, sufficiency, sufficiency_random, .. } =
                found;
            writeln!(
                text,
                "<tr><th>{}</th><td>{}</td><td>{:.3}</td><td>{:.3}</td><td>{}</td><td>{:.3}</td><td>{:.3}</td><td>{}</td></tr>",
                escape(head),
                found.messages,
                comprehensiveness.value,
                comprehensiveness_random.value,
                gain(found.comprehensiveness_gain),
                sufficiency.value,
                sufficiency_random.value,
                gain(found.sufficiency_gain)
            )?;
        }
        writeln!(text, "{END}")?;
    }
    writeln!(text, "</section>")
}
