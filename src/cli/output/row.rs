//! The output contract: one flat record for every input row, the same in csv, jsonl and json.

use serde_json::{Map, Value, json};

use crate::analysis::{Analysis, Evidence, Scores, Span};
use crate::decision::{Acknowledge, Closing, Decision};
use crate::pipeline::ScoredRow;

/// Names of the fields, in order.
pub(crate) const FIELDS: [&str; 38] = [
    "id",
    "thread_id",
    "channel",
    "visibility",
    "lang",
    "sentiment",
    "sentiment_score",
    "complaint",
    "complaint_score",
    "severity",
    "harm",
    "severity_level",
    "emotion",
    "anger",
    "validity",
    "validity_score",
    "substantiation",
    "issue",
    "remedy",
    "triggers",
    "turns",
    "contacts",
    "priority",
    "dispositions",
    "acknowledge",
    "apology",
    "options",
    "closing",
    "reasons",
    "confidence",
    "answered_by",
    "model",
    "playbook",
    "file",
    "row",
    "created_at",
    "truncated_tokens",
    "promise",
];

/// What a record holds beyond the contract.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RowOptions {
    /// Every head's probabilities, and the four-level head's word on non-complaints too.
    pub(crate) all_heads: bool,
    /// Evidence with byte ranges.
    pub(crate) explain: bool,
}

/// Returns the record of a row: the contract's fields, then `heads` and `evidence` where asked for, then `input`.
pub(crate) fn record(row: &ScoredRow, options: RowOptions) -> Map<String, Value> {
    let mut record = Map::new();
    let message = &row.message;
    let mut put = |name: &str, value: Value| record.insert(name.to_owned(), value);
    put("id", json!(message.id));
    put("thread_id", json!(row.thread.thread_id));
    put("channel", json!(message.channel.name()));
    put("visibility", json!(message.visibility.name()));
    put("lang", json!(row.analysis.lang));
    put_scores(&mut put, row.analysis.scores(), options);
    put("triggers", names(row.analysis.trigger_names().into_iter()));
    put("turns", json!(row.thread.turns));
    put("contacts", json!(row.thread.contacts));
    put("priority", row.priority.as_ref().map_or(Value::Null, |priority| number(priority.score, 1)));
    put_decision(&mut put, &row.decision);
    put("reasons", json!(row.reasons()));
    put("confidence", row.analysis.scores().map_or(Value::Null, |scores| number(scores.confidence, 4)));
    put("answered_by", row.analysis.scores().map_or(Value::Null, |scores| json!(scores.answered_by)));
    put("model", json!(model_name(&row.analysis)));
    put("playbook", json!(format!("{} {}", row.decision.playbook.name, row.decision.playbook.digest)));
    put("file", json!(message.origin.file));
    put("row", json!(message.origin.row));
    put("created_at", json!(message.created_at.as_ref().and_then(|at| at.utc)));
    put("truncated_tokens", json!(row.analysis.truncated_tokens));
    put("promise", json!(row.analysis.scores().and_then(|scores| scores.promise.as_ref()).map(|promise| &promise.id)));
    if options.all_heads {
        put("heads", heads(row.analysis.scores()));
    }
    if options.explain {
        put("evidence", evidence(&row.analysis));
    }
    let input: Map<String, Value> = message.input.iter().map(|(name, cell)| (name.clone(), json!(cell))).collect();
    put("input", Value::Object(input));
    record
}

fn put_scores(put: &mut impl FnMut(&str, Value) -> Option<Value>, scores: Option<&Scores>, options: RowOptions) {
    let of = |get: &dyn Fn(&Scores) -> Value| scores.map_or(Value::Null, get);
    put("sentiment", of(&|s| json!(s.sentiment)));
    put("sentiment_score", of(&|s| number(s.sentiment_score, 4)));
    put("complaint", of(&|s| json!(s.complaint)));
    put("complaint_score", of(&|s| number(s.complaint_score, 4)));
    put("severity", of(&|s| number(s.severity, 1)));
    put("harm", of(&|s| number(s.harm, 1)));
    put("severity_level", of(&|s| if s.complaint || options.all_heads { json!(s.reproach) } else { json!("none") }));
    put("emotion", of(&|s| json!(s.emotion)));
    put("anger", of(&|s| number(s.anger, 4)));
    put("validity", of(&|s| json!(s.validity)));
    put("validity_score", of(&|s| number(s.validity_score, 4)));
    put("substantiation", of(&|s| number(s.substantiation, 4)));
    put("issue", of(&|s| json!(s.issue)));
    put("remedy", of(&|s| json!(s.remedy)));
}

fn put_decision(put: &mut impl FnMut(&str, Value) -> Option<Value>, decision: &Decision) {
    let blocks = &decision.blocks;
    put("dispositions", names(decision.dispositions.iter().map(|disposition| disposition.name())));
    put("acknowledge", json!(blocks.acknowledge != Acknowledge::Off));
    put("apology", json!(blocks.apology.name()));
    put("options", json!(blocks.options.len()));
    put("closing", json!(blocks.closing != Closing::Off));
}

fn heads(scores: Option<&Scores>) -> Value {
    let Some(scores) = scores else { return Value::Null };
    let heads: Map<String, Value> = scores
        .heads
        .iter()
        .map(|(name, labels)| {
            let labels = labels.iter().map(|(label, p)| (label.clone(), number(*p, 6))).collect();
            (name.clone(), Value::Object(labels))
        })
        .collect();
    Value::Object(heads)
}

fn evidence(analysis: &Analysis) -> Value {
    let entry = |head: &str, span: Span, effect: Value, shows: &str| json!({"head": head, "from": span.from, "to": span.to, "effect": effect, "shows": shows});
    match analysis.scores() {
        // Triggers are found in unscored messages too, and have no score to change.
        None => {
            analysis.triggers.iter().map(|hit| entry("trigger", hit.span, Value::Null, hit.trigger.name())).collect()
        }
        Some(scores) => {
            let of = |found: &Evidence| entry(&found.head, found.span, number(found.effect, 4), &found.shows);
            scores.evidence.iter().map(of).collect()
        }
    }
}

/// Returns name, release and digest of the model that answered.
pub(crate) fn model_name(analysis: &Analysis) -> String {
    let model = &analysis.model;
    format!("{} {} {}", model.name, model.release, model.digest)
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    names.map(|name| json!(name)).collect()
}

/// Returns a number with at most `digits` decimals: scores are shown as precisely as they are meant, and alike everywhere.
fn number(value: f32, digits: i32) -> Value {
    let factor = 10_f64.powi(digits);
    json!((f64::from(value) * factor).round() / factor)
}
