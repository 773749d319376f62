//! `bench`: the shape of its report, and what it says of engines that are not there. No figure is judged here.

use serde_json::Value;

use crate::support::Scene;

const LABELLED: &str = "text,bad\n\
    The kettle leaked on its second day and nobody answers my emails.,1\n\
    Lovely mugs and quick delivery. Thank you!,0\n\
    You charged me twice and refuse to pay it back. This is a disgrace.,1\n";

const QUICK: [&str; 6] = ["--threads", "1", "--repetitions", "1", "--messages", "6"];

fn bench(scene: &Scene, more: &[&str]) -> crate::support::Outcome {
    let mut args = vec!["bench"];
    args.extend_from_slice(&QUICK);
    args.extend_from_slice(more);
    scene.run(&args)
}

#[test]
fn the_report_has_the_shape_of_the_contract() {
    let scene = Scene::new();
    let outcome = bench(&scene, &["--engines", "native", "--format", "json"]).exits(0);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let results = report["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "int8 and f32: {report}");
    for row in results {
        for field in [
            "messages_per_second",
            "tokens_per_second",
            "latency_p50_ms",
            "latency_p95_ms",
            "cold_start_ms",
            "share_of_peak",
            "agreement",
            "equal_labels",
        ] {
            assert!(row[field].as_f64().is_some_and(|value| value > 0.0), "{field}: {row}");
        }
        assert_eq!(row["ci95"].as_array().unwrap().len(), 2);
        assert_eq!((row["threads"].as_u64(), row["batch"].as_u64()), (Some(1), Some(8)));
    }
    let share = report["end_to_end"]["share_of_encoder"].as_f64().unwrap();
    assert!(share > 0.0, "{report}");
    assert_eq!(report["machine"]["peaks"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(report["machine"]["messages"], 6);
}

#[test]
fn engines_that_are_not_there_are_named() {
    let outcome =
        bench(&Scene::new(), &["--engines", "native:int8,onnx:int8,libtorch:f32", "--format", "json"]).exits(0);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let skipped = report["skipped"].as_array().unwrap();
    let ran = report["results"].as_array().unwrap();
    // Which of them are part of a build differs, and each one is either measured or named.
    assert_eq!(skipped.len() + ran.len(), 3, "{report}");
    assert!(skipped.iter().all(|one| one["why"].as_str().is_some_and(|why| why.len() > 10)), "{report}");
    bench(&Scene::new(), &["--engines", "abacus"]).exits(2).says(&["abacus", "native"]);
}

#[test]
fn labels_give_accuracy_and_a_wrong_head_is_refused() {
    let scene = Scene::new();
    scene.file("l.csv", LABELLED);
    let more = ["l.csv", "--labels", "complaint=bad", "--engines", "native:int8", "--format", "json"];
    let report: Value = serde_json::from_str(&bench(&scene, &more).exits(0).stdout).unwrap();
    let share = report["results"][0]["accuracy"]["complaint"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&share) && report["machine"]["messages"] == 3, "{report}");
    bench(&scene, &["l.csv", "--labels", "validity=bad"]).exits(2).says(&["validity", "complaint", "amends eval"]);
    bench(&scene, &["--labels", "complaint=bad"]).exits(2).says(&["file"]);
}

#[test]
fn a_plot_is_an_svg_or_a_page() {
    let scene = Scene::new();
    for (name, start) in [("b.svg", "<svg"), ("b.html", "<!doctype html>")] {
        bench(&scene, &["--engines", "native:int8", "--plot", name]).exits(0);
        let text = std::fs::read_to_string(scene.path().join(name)).unwrap();
        assert!(text.starts_with(start) && text.contains("native int8, 1 x 8"), "{text}");
    }
    bench(&scene, &["--engines", "native:int8", "--plot", "b.png"]).exits(2).says(&["b.png", ".svg"]);
}

#[test]
fn an_instruction_set_can_be_forced_and_the_table_names_it_all() {
    // Portable kernels are slow: one message is enough.
    let one = [
        "bench",
        "--engines",
        "native:int8",
        "--isa",
        "portable",
        "--messages",
        "1",
        "--repetitions",
        "1",
        "--threads",
        "1",
    ];
    let outcome = Scene::new().run(&one).exits(0);
    for word in ["native", "int8", "messages/s", "file to records", "peak int8 on 1 threads"] {
        assert!(outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
    let csv = bench(&Scene::new(), &["--engines", "native:int8", "--format", "csv"]).exits(0).stdout;
    assert!(csv.starts_with("engine,variant,isa,threads,batch,messages_per_second,"), "{csv}");
    bench(&Scene::new(), &["--isa", "mmx"]).exits(2).says(&["mmx", "portable"]);
}
