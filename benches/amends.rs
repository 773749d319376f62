//! What each step takes. `cargo bench` runs all; `cargo bench -- encode` those whose name holds the word.
//!
//! Single-threaded, except `pipeline`, which uses all cores. Comparing engines is `amends bench`.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark without its built-in parts has nothing to measure")]

use std::collections::BTreeMap;
use std::sync::Arc;

use amends::drafting::example::Example;
use amends::drafting::{Choice, DraftInput, Templates, draft};
use amends::engine::native::micro::{self, Micro};
use amends::engine::native::{Isa, Native, NativeModel, Variant};
use amends::engine::package::ModelPackage;
use amends::engine::tokenizer::TextTokenizer;
use amends::engine::{Engine, TokenBatch};
use amends::gate::{Gate, Reply};
use amends::message::{Channel, Message};
use amends::pipeline::{Item, Judge};
use amends::playbook::{DecideInput, Issue, Playbook, decide};
use amends::thread::ThreadState;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// Messages of usual lengths.
const MESSAGES: [&str; 8] = [
    "Still waiting for order 88213. You promised next day delivery and it is now Friday.",
    "Great service, thank you!",
    "The kettle leaked over my worktop on the second day. I have photos. I want a refund, not another voucher.",
    "App crashes every time I open the basket since the update",
    "I was charged twice for the same month, and your chat says somebody will call me. Nobody has called for two weeks. \
     I have the bank statement with both payments, and I am not going to send it a third time.",
    "Where is my parcel?",
    "We arrived at nine in the evening and our room had been given away. The man at the desk shrugged. We paid 240 for another hotel \
     and I expect that amount back, with a word to the staff, because the confirmation says guaranteed for late arrival.",
    "no problems or complaints, easy to set up",
];

fn package() -> ModelPackage {
    ModelPackage::embedded().expect("the built-in package is whole")
}

fn tokens(package: &ModelPackage) -> TokenBatch {
    let tokenizer = TextTokenizer::new(package).expect("its tokenizer is whole");
    let mut batch = TokenBatch::default();
    for text in MESSAGES {
        batch.push(&tokenizer.encode(text).expect("every text has tokens").ids);
    }
    batch
}

#[divan::bench]
fn tokenise(bencher: Bencher) {
    let tokenizer = TextTokenizer::new(&package()).expect("the built-in tokenizer is whole");
    bencher
        .counter(ItemsCount::new(MESSAGES.len()))
        .bench(|| MESSAGES.map(|text| tokenizer.encode(black_box(text)).expect("every text has tokens").ids.len()));
}

#[divan::bench(args = instruction_sets())]
fn encode_int8(bencher: Bencher, isa: &str) {
    encode(bencher, isa, Variant::Int8);
}

#[divan::bench(args = instruction_sets())]
fn encode_f32(bencher: Bencher, isa: &str) {
    encode(bencher, isa, Variant::F32);
}

/// Those that are worth a run: the portable one takes seconds.
fn instruction_sets() -> Vec<&'static str> {
    Isa::available().into_iter().map(Isa::name).filter(|name| *name != "portable").collect()
}

fn encode(bencher: Bencher, isa: &str, variant: Variant) {
    let package = package();
    let batch = tokens(&package);
    let model = NativeModel::new(&package, variant).expect("the built-in package fits the engine");
    let mut engine = Native::new(model, Isa::parse(isa).expect("it was detected"));
    bencher.counter(ItemsCount::new(MESSAGES.len())).bench_local(|| engine.embed(black_box(&batch)));
}

fn kernels() -> Vec<&'static str> {
    micro::all(Isa::detect()).iter().map(Micro::name).collect()
}

/// Each kernel on the fastest instruction set; the counter counts operations of matrix products.
#[divan::bench(args = kernels())]
fn kernel(bencher: Bencher, name: &str) {
    let mut all = micro::all(Isa::detect());
    let one = all.iter_mut().find(|micro| micro.name() == name).expect("it is one of them");
    bencher.counter(ItemsCount::new(one.operations())).bench_local(|| one.run());
}

fn judge() -> Judge {
    let package = Arc::new(package());
    let model = NativeModel::new(&package, Variant::Int8).expect("the built-in package fits the engine");
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let engine = || Box::new(Native::new(Arc::clone(&model), Isa::detect())) as Box<dyn Engine>;
    let engines = (0..threads).map(|_| engine()).collect();
    Judge::new(package, engines, Playbook::embedded().expect("the starter playbook is valid"), None)
        .expect("the built-in parts fit each other")
}

/// Token ids to decisions: everything that `score` does with messages that were read, on all cores.
#[divan::bench(sample_count = 20)]
fn pipeline(bencher: Bencher) {
    let judge = judge();
    let items = || {
        let item = |number: usize| {
            let text = MESSAGES[number % MESSAGES.len()];
            // Equal texts are embedded once: each gets a number.
            let message = Message::alone(Channel::Email, format!("{text} ({number})"));
            let thread = ThreadState::alone(message.id.clone());
            Item { message, thread, notices: Vec::new() }
        };
        (0..256).map(item).collect::<Vec<_>>()
    };
    bencher
        .counter(ItemsCount::new(256_usize))
        .with_inputs(items)
        .bench_local_values(|items| judge.judge(items, None, false).expect("every message is judged").len());
}

/// A draft, from templates that were compiled before.
#[divan::bench]
fn render(bencher: Bencher) {
    let templates = Templates::embedded().expect("the built-in templates are whole");
    let playbook = Playbook::embedded().expect("the starter playbook is valid");
    let example = Example::complaint(Channel::Email, Issue::Delivery);
    let (message, thread, analysis) = (example.message(), example.thread(), example.analysis());
    let input = DecideInput { message: &message, thread: &thread, analysis: &analysis, verdict: None };
    let decision = decide(&playbook, &input);
    let (set, choice) = (BTreeMap::new(), Choice::default());
    let input = DraftInput {
        message: &message,
        thread: &thread,
        analysis: &analysis,
        decision: &decision,
        verdict: None,
        set: &set,
        choice: &choice,
        now: jiff::civil::date(2026, 3, 2).at(10, 0, 0, 0),
    };
    bencher.bench(|| draft(&templates, &playbook, black_box(&input)).expect("the situation is written").text.len());
}

/// The send gate on a reply of usual length.
#[divan::bench]
fn check(bencher: Bencher) {
    let templates = Templates::embedded().expect("the built-in templates are whole");
    let playbook = Playbook::embedded().expect("the starter playbook is valid");
    let gate = Gate::new(&playbook, templates.channels());
    let reply = "Hi Maya, thank you for telling us. A kettle that leaks on its second day is not what you paid for, and I am sorry for \
                 the mess. I can replace it or refund it, whichever suits you better. Please send the photos to help@example.com. I will \
                 answer by Thursday, 5 March. Kind regards, Ana";
    bencher.bench(|| gate.check(black_box(&Reply::new(reply, Channel::Email))).findings.len());
}

#[divan::bench]
fn decide_one(bencher: Bencher) {
    let playbook = Playbook::embedded().expect("the starter playbook is valid");
    let example = Example::complaint(Channel::Email, Issue::Delivery);
    let (message, thread, analysis) = (example.message(), example.thread(), example.analysis());
    let input = DecideInput { message: &message, thread: &thread, analysis: &analysis, verdict: None };
    bencher.bench(|| decide(&playbook, black_box(&input)));
}
