//! Drives the trainer: `cargo run --features rust-bert --example train -- DATA BASE RUN [KEY=VALUE...]`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use amends::train::{Precision, Progress, Settings, run};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut settings =
        Settings { data: (&args[0]).into(), base: (&args[1]).into(), run: (&args[2]).into(), ..Settings::default() };
    for pair in &args[3..] {
        let (key, value) = pair.split_once('=').unwrap();
        match key {
            "precision" => settings.precision = if value == "f32" { Precision::F32 } else { Precision::Bf16 },
            "passes" => settings.passes = value.parse().unwrap(),
            "threads" => settings.threads = value.parse().unwrap(),
            "batch" => settings.batch_rows = value.parse().unwrap(),
            "batch_tokens" => settings.batch_tokens = value.parse().unwrap(),
            "dropout" => settings.dropout = value.parse().unwrap(),
            "stop" => settings.stop_after = Some(value.parse().unwrap()),
            "domains" => settings.domains = value == "1",
            "part" => settings.part = Some(value.into()),
            "resume" => settings.resume = value == "1",
            "similarity_every" => settings.similarity_every = value.parse().unwrap(),
            "out" => settings.out = Some(value.into()),
            "recipe" => settings.recipe = Some(toml::from_str(&std::fs::read_to_string(value).unwrap()).unwrap()),
            "max_tokens" => settings.max_tokens = value.parse().unwrap(),
            "corpora" => settings.corpora = Some(value.split(',').map(str::to_owned).collect()),
            other => panic!("{other}?"),
        }
    }
    let start = Instant::now();
    let (mut rows, mut loss_sum, mut steps_seen, mut last) = (0, 0.0, 0, Instant::now());
    let report = run(&settings, &mut |progress| match progress {
        Progress::Step { step, steps, rows: n, loss } => {
            rows += n;
            loss_sum += loss;
            steps_seen += 1;
            if step % 25 == 0 {
                let rate = f64::from(u32::try_from(rows).unwrap()) / last.elapsed().as_secs_f64();
                println!(
                    "{:7.1}s step {step}/{steps} loss {:.4} rows/s {rate:.0}",
                    start.elapsed().as_secs_f64(),
                    loss_sum / f64::from(steps_seen)
                );
                (rows, loss_sum, steps_seen, last) = (0, 0.0, 0, Instant::now());
            }
        }
        other => println!("{:7.1}s {other:?}", start.elapsed().as_secs_f64()),
    })
    .unwrap();
    if let Some(package) = report.package {
        let named = [("dev", &package.figures), ("held", &package.held_back), ("fold", &package.out_of_fold)];
        for (rows, f) in named.iter().flat_map(|(rows, figures)| figures.iter().map(move |f| (rows, f))) {
            println!(
                "{rows:4} {:28} {:18} {:12} n={:5} f32 {:.3} [{:.3} {:.3}] int8 {:.3} diff {:+.4}",
                f.rows_of,
                f.head,
                f.metric.name(),
                f.rows,
                f.trained.value,
                f.trained.low,
                f.trained.high,
                f.shipped.value,
                f.difference.value
            );
        }
        println!(
            "{:7.1}s {:?} {} bytes {}",
            start.elapsed().as_secs_f64(),
            package.similarity,
            package.size,
            package.digest
        );
    }
}
