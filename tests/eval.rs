//! `amends eval` as a user meets it. Texts are ours; no test depends on exact scores of the model.

use serde_json::Value;

use crate::support::{Outcome, Scene};

/// Twelve messages that nobody can mistake, labelled; one row has no label, one stands twice.
const ROWS: &str = "id,Body,Complaint,Tone,Stars,Shop,Region\n\
    1,\"My parcel never arrived and nobody answers my emails, I want my money back.\",1,negative,1,a,north\n\
    2,\"Thank you, the lamp is lovely and came a day early!\",0,positive,5,a,north\n\
    3,\"You charged me twice and refuse to refund it. This is unacceptable.\",1,negative,1,b,south\n\
    4,\"Great service, everybody was friendly. I will come again.\",0,positive,5,b,south\n\
    5,\"The kettle broke after two days and the shop ignores me.\",1,negative,2,a,north\n\
    6,\"I love my new chair, it is so comfortable, thanks!\",0,positive,5,b,north\n\
    7,\"Terrible experience, the order was wrong again and support was rude.\",1,negative,1,b,south\n\
    8,\"Everything was perfect, fast delivery and a beautiful box.\",0,positive,4,a,south\n\
    9,\"I have been waiting three weeks for a replacement and still nothing.\",1,negative,2,a,south\n\
    10,\"Wonderful people, wonderful food. We had a great evening.\",0,positive,5,b,north\n\
    11,\"Do you open on Sundays?\",,,,a,north\n\
    12,\"Wonderful people, wonderful food. We had a great evening.\",0,positive,5,b,north\n";

const LABELS: &str = "complaint=Complaint,sentiment=Tone";

fn eval(scene: &Scene, args: &[&str]) -> Outcome {
    scene.file("rows.csv", ROWS);
    let mut all = vec!["eval", "rows.csv", "--columns", "text=Body,id=id,rating=Stars", "--labels"];
    all.extend(args);
    scene.run(&all)
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn json_has_the_figures_of_the_contract_with_intervals() {
    let scene = Scene::new();
    let outcome =
        eval(&scene, &[LABELS, "--format", "json", "--baselines", "majority,vader,stars,tfidf", "--slice", "Shop"]);
    let outcome = outcome.exits(0).says(&["10 rows judged", "1 without a label", "1 repeated"]);
    let report = json(&outcome);
    assert_eq!(report["rows"], 10);
    for (head, metrics) in [
        (
            "complaint",
            &["accuracy", "macro_f1", "precision", "recall", "f1", "auroc", "average_precision", "ece_debiased"][..],
        ),
        ("sentiment", &["accuracy", "macro_f1", "macro_recall", "ece", "coverage_area"][..]),
    ] {
        for metric in metrics {
            let value = report["heads"][head][metric]["value"].as_f64().unwrap_or_else(|| panic!("{head} {metric}"));
            assert!((0.0..=1.0).contains(&value), "{head} {metric} {value}");
            assert_eq!(report["heads"][head][metric]["ci95"].as_array().unwrap().len(), 2);
        }
    }
    // The labels cannot be missed by any model that is worth shipping, and stars are given to fit.
    assert!(report["heads"]["complaint"]["accuracy"]["value"].as_f64().unwrap() >= 0.8);
    assert_eq!(report["baselines"]["stars"]["complaint"]["accuracy"]["value"], 1.0);
    assert_eq!(report["baselines"]["majority"]["complaint"]["accuracy"]["value"], 0.5);
    assert!(report["baselines"]["tfidf"]["sentiment"]["macro_f1"]["value"].is_number());
    assert_eq!(report["slices"]["Shop"]["a"]["rows"], 5);
    assert_eq!(report["slices"]["Shop"]["a"]["labelled"]["sentiment"], 5);
    assert_eq!(report["slices"]["Shop"]["a"]["heads"], serde_json::json!({}), "five rows are too few for figures");
    let compared = report["comparisons"].as_array().unwrap();
    assert!(compared.iter().any(|one| one["second"] == "vader" && one["test"] == "mcnemar_exact"));
    assert_eq!(report["counts"]["complaint"]["labels"]["yes"], 5);
    let confusion = report["confusion"].as_object().unwrap().values().next().unwrap();
    let sum: u64 = confusion["complaint"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(sum, 10);
}

#[test]
fn two_runs_give_the_same_bytes() {
    let scene = Scene::new();
    let args = [LABELS, "--format", "json", "--baselines", "tfidf", "--quiet"];
    let one = eval(&scene, &[&args[..], &["--threads", "1"]].concat()).exits(0);
    let two = eval(&scene, &[&args[..], &["--threads", "2"]].concat()).exits(0);
    assert_eq!(one.stdout, two.stdout);
    assert!(one.stderr.is_empty(), "{}", one.stderr);
}

#[test]
fn text_fits_a_hundred_columns() {
    let scene = Scene::new();
    let outcome =
        eval(&scene, &[LABELS, "--baselines", "majority,vader,stars,tfidf", "--slice", "Shop,Region"]).exits(0);
    for line in outcome.stdout.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for word in ["complaint", "macro-F1", "vader", "by Region", "differences from"] {
        assert!(outcome.stdout.contains(word), "{word}:\n{}", outcome.stdout);
    }
}

#[test]
fn a_folder_gets_the_page_the_figures_and_the_plots() {
    let scene = Scene::new();
    let outcome =
        eval(&scene, &["complaint=Complaint", "--out", "made", "--format", "html", "--slice", "Shop"]).exits(0);
    let page = std::fs::read_to_string(scene.path().join("made/eval.html")).unwrap();
    assert_eq!(page, outcome.stdout);
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("<svg viewBox=") && !page.contains("<script"));
    for outside in ["src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "the page needs nothing from elsewhere: {outside}");
    }
    let figures: Value =
        serde_json::from_str(&std::fs::read_to_string(scene.path().join("made/eval.json")).unwrap()).unwrap();
    assert_eq!(figures["rows"], 10);
    for plot in ["complaint-reliability.svg", "complaint-coverage.svg", "complaint-confusion.svg"] {
        assert!(std::fs::read_to_string(scene.path().join("made").join(plot)).unwrap().starts_with("<svg"));
    }
}

#[test]
fn names_in_the_data_cannot_write_markup_into_the_page() {
    let scene = Scene::new();
    let rows = ROWS.replace("Region\n", "<b>x</b>\n").replace(",north", ",<script>alert(1)</script>");
    scene.file("rows.csv", rows);
    let args = [
        "eval",
        "rows.csv",
        "--columns",
        "text=Body",
        "--labels",
        "complaint=Complaint",
        "--slice",
        "<b>x</b>",
        "--format",
        "html",
    ];
    let outcome = scene.run(&args).exits(0);
    assert!(!outcome.stdout.contains("<script") && !outcome.stdout.contains("<b>x</b>"));
    assert!(outcome.stdout.contains("&lt;script&gt;"));
}

#[test]
fn labels_are_mapped_and_some_are_compared() {
    let scene = Scene::new();
    let rows = ROWS.replace(",negative,", ",angry,");
    scene.file("rows.csv", rows);
    let base = ["eval", "rows.csv", "--columns", "text=Body", "--labels", "sentiment=Tone"];
    scene.run(&base).exits(3).says(&["rows.csv, row 1", "\"angry\"", "--map \"Tone:angry=LABEL\""]);
    let mapped = [&base[..], &["--map", "Tone:angry=negative", "--format", "json"]].concat();
    let report = json(&scene.run(&mapped).exits(0));
    assert_eq!(report["counts"]["sentiment"]["labels"]["negative"], 5);
    let two = [&mapped[..], &["--among", "sentiment=negative,positive"]].concat();
    let report = json(&scene.run(&two).exits(0));
    assert_eq!(report["counts"]["sentiment"]["labels"], serde_json::json!({"negative": 5, "positive": 5}));
}

#[test]
fn scores_are_judged_against_yes_and_no() {
    let scene = Scene::new();
    let labels = "severity=Complaint,substantiation=Complaint,validity=Complaint";
    let report = json(&eval(&scene, &[labels, "--format", "json", "--baselines", "vader"]).exits(0));
    for head in ["severity", "substantiation", "validity"] {
        assert!(report["heads"][head]["auroc"]["value"].is_number());
        assert!(report["heads"][head].get("accuracy").is_none());
    }
    assert!(report["heads"]["severity"]["auroc"]["value"].as_f64().unwrap() > 0.8);
    assert!(report["baselines"]["vader"]["severity"]["auroc"]["value"].is_number());
}

#[test]
fn conditions_and_training_rows() {
    let scene = Scene::new();
    let outcome = eval(&scene, &["complaint=Complaint", "--where", "Region!=south*", "--format", "json"]).exits(0);
    assert_eq!(json(&outcome)["rows"], 6 - 1);
    scene.file("train.csv", ROWS.replace("Wonderful", "Marvellous"));
    let outcome = eval(
        &scene,
        &["complaint=Complaint", "--baselines", "tfidf,majority", "--train", "train.csv", "--format", "json"],
    );
    let note = json(&outcome.exits(0))["baseline_notes"]["tfidf"].clone();
    // Nine of ten training texts are to be judged themselves, so nothing may be learned from them.
    assert_eq!(note, "learned from 1 training rows");
}

#[test]
fn what_cannot_be_judged_is_an_error_with_its_exit_code() {
    let scene = Scene::new();
    eval(&scene, &["complaint=Complant"])
        .exits(2)
        .says(&["no file has a column \"Complant\"", "did you mean \"Complaint\""]);
    eval(&scene, &["complant=Complaint"])
        .exits(2)
        .says(&["there is no head \"complant\"", "did you mean \"complaint\""]);
    eval(&scene, &["complaint"]).exits(2).says(&["HEAD=COLUMN"]);
    eval(&scene, &["complaint=Complaint,complaint=Tone"]).exits(2).says(&["given twice"]);
    eval(&scene, &["sentiment=Tone", "--among", "sentiment=glad"]).exits(2).says(&["no label \"glad\"", "positive"]);
    eval(&scene, &["complaint=Complaint", "--where", "Shop"]).exits(2).says(&["COLUMN!=VALUE"]);
    eval(&scene, &["complaint=Complaint", "--where", "Complaint=1"]).exits(3).says(&["nothing to tell apart"]);
    eval(&scene, &["complaint=Complaint", "--where", "Shop=z"]).exits(3).says(&["no row has a label"]);
    eval(&scene, &["complaint=Complaint", "--model", "nowhere"]).exits(4).says(&["nowhere"]);
    scene.run(&["eval", "rows.csv"]).exits(2).says(&["--labels"]);
    scene.run(&["eval", "missing.csv", "--labels", "complaint=x"]).exits(3).says(&["missing.csv"]);
}

#[test]
fn models_stand_side_by_side() {
    let scene = Scene::new();
    let report = json(
        &eval(&scene, &["complaint=Complaint", "--model", "built-in", "--model", "built-in", "--format", "json"])
            .exits(0),
    );
    assert_eq!(report["models"].as_object().unwrap().len(), 2);
    let same = report["comparisons"].as_array().unwrap();
    assert!(same.iter().all(|one| one["difference"]["value"] == 0.0 && one["p"] == 1.0), "{same:?}");
}

#[test]
fn suites_are_run_by_kind() {
    let scene = Scene::new();
    scene.file(
        "cases.toml",
        "[[case]]\nclass = 'plain'\ntext = 'Thank you, the lamp is lovely!'\nexpect = 'positive'\ncomplaint = false\nheld_out = true\n\
         [[case]]\nclass = 'plain'\ntext = 'Terrible service, I want my money back.'\nexpect = 'positive'\ncomplaint = true\n",
    );
    scene.file(
        "probes.toml",
        "[[probe]]\nkind = 'casing'\ntexts = ['My lamp is broken.', 'my lamp is broken.', 'My lamp is broken.']\n",
    );
    scene.file(
        "evidence.toml",
        "[[sentence]]\nid = 'a'\ntext = 'You took £40.'\ntempting = []\nspans = [{ kind = 'amount', text = '£40' }]\n",
    );
    let args = ["eval", "--suite", "cases.toml", "--suite", "probes.toml", "--suite", "evidence.toml"];
    let report = json(&scene.run(&[&args[..], &["--format", "json"]].concat()).exits(0));
    let [cases, probes, evidence] = report["suites"].as_array().unwrap().as_slice() else { panic!("three suites") };
    assert_eq!(cases["regression"]["held_out"]["all"]["right"], 1);
    assert_eq!(cases["regression"]["open"]["all"]["right"], 0, "the label of the open case is wrong on purpose");
    assert_eq!(cases["regression"]["open"]["failing"], serde_json::json!(["plain"]));
    assert_eq!(probes["probes"]["casing"]["pairs"], 3);
    assert!(probes["probes"]["casing"]["changes"]["complaint_score"]["median"].is_number());
    assert_eq!(evidence["evidence"]["amount"]["recall"], 1.0);
    let text = scene.run(&args).exits(0);
    for word in ["held out", "below .90: plain", "casing", "amount"] {
        assert!(text.stdout.contains(word), "{word}:\n{}", text.stdout);
    }
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 100), "{}", text.stdout);
    let page = scene.run(&[&args[..], &["--format", "html"]].concat()).exits(0);
    assert!(page.stdout.contains("Held out"));
}

#[test]
fn a_file_that_is_no_suite_is_an_error() {
    let scene = Scene::new();
    scene.file("both.toml", "[[case]]\nclass='a'\ntext='b'\nexpect='positive'\n[[probe]]\nkind='a'\ntexts=['b']\n");
    scene.run(&["eval", "--suite", "both.toml"]).exits(3).says(&["both.toml", "[[probe]]"]);
    scene.file("odd.toml", "[[case]]\nclass='a'\ntext='b'\nexpect='glad'\n");
    scene.run(&["eval", "--suite", "odd.toml"]).exits(3).says(&["odd.toml", "glad"]);
    scene.run(&["eval", "--suite", "missing.toml"]).exits(3).says(&["missing.toml"]);
}

#[test]
fn evidence_is_checked_against_random_words() {
    let scene = Scene::new();
    let report = json(&eval(&scene, &["complaint=Complaint", "--faithfulness", "3", "--format", "json"]).exits(0));
    let words = &report["faithfulness"]["words"];
    let head = words.as_object().unwrap().values().next().unwrap();
    assert!(head["messages"].as_u64().is_some_and(|messages| (1..=3).contains(&messages)), "{words}");
    for figure in ["comprehensiveness", "comprehensiveness_gain", "sufficiency", "sufficiency_gain"] {
        assert!(head[figure]["value"].is_number() && head[figure]["ci95"].is_array(), "{figure}");
    }
    let text = eval(&scene, &["complaint=Complaint", "--faithfulness", "3"]).exits(0);
    assert!(text.stdout.contains("evidence: words"), "{}", text.stdout);
}
