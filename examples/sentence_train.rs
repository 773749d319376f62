//! Trains the second reader on the open fixtures: `cargo run --release --features rust-bert --example sentence_train -- RUN TEACHER [PACKAGE [BASE]]`.
//!
//! `TEACHER` is a folder with the sentence encoder all-mpnet-base-v2 (`config.json`, `tokenizer.json`, `model.safetensors`), which learns first and is not shipped.
//! `RUN` keeps checkpoints, from which a run that was stopped goes on, and gets `unseen-replies.jsonl` and `unseen-promises.jsonl`: a line for each sentence with its
//! writer, its text and the logits of its question by weights that have not seen the writer. `PACKAGE` is the folder of the package; without it only these are made.
//! `BASE` is the package to begin from, the embedded one when left out: after `models/complaint-minilm` was trained anew, run this example as it was built before.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod lessons;

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use amends::engine::sentence::{PROMISE, REPLY};
use amends::train::sentences::{Lesson, Question, run};
use amends::train::{Progress, Settings};
use lessons::Sentence;

/// Parts of the writers that are left out in turn.
const FOLDS: usize = 3;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, teacher] = [0, 1].map(|at| Path::new(&args[at]));
    let out = args.get(2).map(Into::into);
    let base = args.get(3).map(Into::into).unwrap_or_default();
    let settings = Settings {
        run: folder.into(),
        out,
        base,
        teacher: Some(teacher.into()),
        resume: true,
        ..Settings::sentences()
    };
    let replies = std::iter::once("clean".to_owned()).chain(lessons::RULES.iter().map(|rule| rule.name().to_owned()));
    let questions = [
        Question { name: REPLY.to_owned(), labels: replies.collect(), taught: true },
        Question { name: PROMISE.to_owned(), labels: vec!["no".to_owned(), "yes".to_owned()], taught: false },
    ];
    let lesson = |question| move |Sentence { text, label, group, .. }| Lesson { text, question, label, writer: group };
    let of_replies = lessons::of_replies().into_iter().map(lesson(0));
    let all: Vec<Lesson> = of_replies.chain(lessons::of_promises().into_iter().map(lesson(1))).collect();
    let start = Instant::now();
    let report = run(&settings, &questions, &all, FOLDS, &mut |progress| match progress {
        Progress::Step { step, .. } if step % 100 > 0 => {}
        other => println!("{:7.1}s {other:?}", start.elapsed().as_secs_f64()),
    })
    .unwrap();
    for figure in &report.figures {
        println!(
            "{:8} {:10} n={} f32 {:.3} int8 {:.3} [{:.3} {:.3}] diff {:+.4}",
            figure.head,
            figure.metric.name(),
            figure.rows,
            figure.trained.value,
            figure.shipped.value,
            figure.shipped.low,
            figure.shipped.high,
            figure.difference.value
        );
    }
    println!("{:7.1}s package {:?}", start.elapsed().as_secs_f64(), report.package);
    for (question, name) in ["unseen-replies.jsonl", "unseen-promises.jsonl"].iter().enumerate() {
        let mut file = std::fs::File::create(folder.join(name)).unwrap();
        let rows = all.iter().zip(&report.unseen).filter(|(lesson, _)| lesson.question == question);
        for (lesson, logits) in rows {
            writeln!(file, "{}", serde_json::to_string(&(&lesson.writer, &lesson.text, logits)).unwrap()).unwrap();
        }
    }
}
