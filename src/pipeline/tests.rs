//! The stream is judged as each message is judged alone, in any chunking, on any number of threads.

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
