//! The stream is judged as each message is judged alone, in any chunking, on any number of threads.

mod promises;

use std::fmt::Write as _;

use super::*;
use crate::engine::native::{Isa, Native, NativeModel, Variant};
use crate::engine::package::testing;
use crate::ingest::{InputOptions, NoticeKind};
use crate::message::Channel;

fn judge(threads: usize) -> Judge {
    let package = Arc::new(testing::tiny());
    let model = NativeModel::new(&package, Variant::Int8).unwrap();
    let engines =
        (0..threads).map(|_| Box::new(Native::new(Arc::clone(&model), Isa::detect())) as Box<dyn Engine>).collect();
    Judge::new(package, engines, Playbook::embedded().unwrap(), None).unwrap()
}

/// An export of `rows` messages of different lengths, some empty.
fn export(rows: usize) -> String {
    let mut text = String::from("id,text\n");
    for row in 0..rows {
        let words = "the parcel never came and nobody answers ".repeat(row % 7);
        writeln!(text, "{row},{words}").unwrap();
    }
    text
}

fn run(judge: &Judge, export: &str, options: &RunOptions) -> Vec<Event> {
    let options_of_input = InputOptions { channel: Some(Channel::Email), ..InputOptions::default() };
    let sources = [Source::from_reader("-", export.as_bytes(), &options_of_input).unwrap()];
    let survey = Survey::of(&sources).unwrap();
    let mut events = Vec::new();
    judge
        .run(&sources, &survey, options, |event| {
            events.push(event);
            Ok::<(), String>(())
        })
        .unwrap();
    events
}

fn rows(events: Vec<Event>) -> Vec<ScoredRow> {
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::Scored(row) => Some(*row),
            Event::Unreadable(_) | Event::Skipped => None,
        })
        .collect()
}

#[test]
fn every_row_comes_back_in_order_over_several_chunks() {
    let found = rows(run(&judge(2), &export(2 * CHUNK + 3), &RunOptions::default()));
    let ids: Vec<_> = found.iter().map(|row| row.message.id.clone()).collect();
    let expected: Vec<_> = (0..2 * CHUNK + 3).map(|row| row.to_string()).collect();
    assert_eq!(ids, expected);
}

#[test]
fn threads_and_batch_mates_change_nothing() {
    let text = export(40);
    let (one, three) = (judge(1), judge(3));
    let serial = rows(run(&one, &text, &RunOptions::default()));
    assert_eq!(serial, rows(run(&three, &text, &RunOptions::default())));
    for row in serial.iter().step_by(9) {
        let ids = BTreeSet::from([row.message.id.clone()]);
        let alone = rows(run(&one, &text, &RunOptions { ids, explain: false }));
        assert_eq!(alone, std::slice::from_ref(row));
    }
}

#[test]
fn a_row_survives_being_written_and_read() {
    for row in rows(run(&judge(1), &export(9), &RunOptions { explain: true, ..RunOptions::default() })) {
        let read: ScoredRow = serde_json::from_slice(&serde_json::to_vec(&row).unwrap()).unwrap();
        assert_eq!(read, row);
    }
}

#[test]
fn the_sink_can_end_the_run() {
    let judge = judge(1);
    let sources = [Source::from_reader("-", export(5).as_bytes(), &InputOptions::default()).unwrap()];
    let survey = Survey::of(&sources).unwrap();
    let ended = judge.run(&sources, &survey, &RunOptions::default(), |_| Err("enough"));
    assert!(matches!(ended, Err(RunError::Sink("enough"))), "{ended:?}");
}

#[test]
fn ids_that_stood_before_are_remarked_on() {
    let found = rows(run(&judge(1), "id,text\n7,it broke\n7,it came\n7,it broke\n", &RunOptions::default()));
    let kinds: Vec<Vec<NoticeKind>> =
        found.iter().map(|row| row.notices.iter().map(|notice| notice.kind).collect()).collect();
    assert_eq!(kinds[0], []);
    assert_eq!(kinds[1], [NoticeKind::DuplicateId]);
    assert_eq!(kinds[2].len(), 1);
}

#[test]
fn every_effect_that_is_reported_is_the_change_of_the_score() {
    let judge = judge(2);
    let text = "id,text\n1,It broke 😡😡 on the first day! I don’t want another one. Nobody answers\n2,Broken\n3,\n4,\"👩‍👩‍👧 lost 3 weeks, é 😀\"\n";
    let scored = rows(run(&judge, text, &RunOptions::default()));
    let found = judge.attribute(&scored).unwrap();
    assert_eq!(found.len(), 4);
    assert!(found[2].is_empty() && judge.rescore(&scored[2], &[]).unwrap().is_none(), "nothing was scored");
    for (row, found) in scored.iter().zip(&found) {
        let text = &row.message.text;
        let full = judge.rescore(row, std::slice::from_ref(text)).unwrap();
        for part in found {
            let full = full.as_ref().and_then(|scores| scores[0].get(part.head)).unwrap();
            assert!((full - part.score).abs() < 1e-6, "{} is {full} and {}", part.head, part.score);
            for effect in part.sentences.iter().chain(&part.words) {
                assert!(text.get(effect.span.from..effect.span.to).is_some_and(|words| !words.is_empty()));
                let rest = scoring::attribution::without(text, &[effect.span]);
                let rest = judge.rescore(row, &[rest]).unwrap().unwrap()[0].get(part.head).unwrap();
                assert!((full - rest - effect.effect).abs() < 1e-5, "{} {full} {rest} {effect:?}", part.head);
            }
            for words in part.words.windows(2) {
                assert!(words[0].effect.abs() >= words[1].effect.abs(), "best first: {words:?}");
            }
        }
    }
    assert_eq!(found[0].len(), 5);
    assert_eq!(found[0][1].sentences.len().min(1), 1, "one sentence of three always counts most");
    assert!(found[1].iter().all(|part| part.sentences.is_empty()), "one sentence is no part of the text");
}

#[test]
fn attributions_are_the_same_on_any_number_of_threads_and_beside_any_rows() {
    let text = export(30);
    let (one, three) = (judge(1), judge(3));
    let scored = rows(run(&one, &text, &RunOptions::default()));
    let all = one.attribute(&scored).unwrap();
    assert_eq!(all, three.attribute(&scored).unwrap());
    assert_eq!(all[4..5], one.attribute(&scored[4..5]).unwrap());
}
